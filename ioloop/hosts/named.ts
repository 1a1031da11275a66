import { checkHost, type HostLoop, type HostName } from '../host.ts';
import { BrowserHost } from './browser.ts';
import { LibuvHost } from './libuv.ts';

/**
 * A host as it is given to `IOLoop.fromHost()`; absent: this runtime's own loop.
 * @throws {RangeError} a name that is none @throws {TypeError} no host
 */
export function hostOf(host: HostLoop | HostName | undefined): HostLoop {
  if (host === undefined || host === 'libuv') return new LibuvHost();
  return host === 'browser' ? new BrowserHost() : checkHost(host);
}
