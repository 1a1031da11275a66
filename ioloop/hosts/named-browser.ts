import { UnsupportedError } from '../errors.ts';
import { checkHost, type HostLoop, type HostName } from '../host.ts';
import { BrowserHost } from './browser.ts';

/**
 * A host as it is given to `IOLoop.fromHost()`; absent: the browser's own loop.
 * @throws {UnsupportedError} it is not here @throws {RangeError} a name that is none @throws {TypeError} no host
 */
export function hostOf(host: HostLoop | HostName | undefined): HostLoop {
  if (host === undefined || host === 'browser') return new BrowserHost();
  if (host === 'libuv') throw new UnsupportedError("libuv is not in a browser: its own loop is the host 'browser'");
  return checkHost(host);
}
