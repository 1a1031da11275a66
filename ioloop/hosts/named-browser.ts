import { UnsupportedError } from '../errors.ts';
import { checkHost, type HostLoop, type HostName } from '../host.ts';
import { BrowserHost } from './browser.ts';

/**
 * A host as it is given to `IOLoop.fromHost()`; absent: the browser's own loop.
 * @param keepAlive - of a host that is made here, what sends the keep-alives of its streams
 * @throws {UnsupportedError} it is not here, or has no such thread @throws {RangeError} a name that is none
 * @throws {TypeError} no host
 */
export function hostOf(host: HostLoop | HostName | undefined, keepAlive: 'timer' | 'worker' = 'timer'): HostLoop {
  if (host === undefined || host === 'browser') return new BrowserHost({ keepAlive });
  if (host === 'libuv') throw new UnsupportedError("libuv is not in a browser: its own loop is the host 'browser'");
  return checkHost(host);
}
