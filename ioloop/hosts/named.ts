import { checkHost, type HostLoop, type HostName } from '../host.ts';
import { BrowserHost } from './browser.ts';
import { LibuvHost } from './libuv.ts';

/**
 * A host as it is given to `IOLoop.fromHost()`; absent: this runtime's own loop.
 * @param keepAlive - of a host that is made here, what sends the keep-alives of its streams; default a timer
 * @throws {UnsupportedError} it is not here, or has no such thread @throws {RangeError} a name that is none
 * @throws {TypeError} no host
 */
export function hostOf(host: HostLoop | HostName | undefined, keepAlive: 'timer' | 'worker' = 'timer'): HostLoop {
  if (host === undefined || host === 'libuv') return new LibuvHost({ keepAlive });
  return host === 'browser' ? new BrowserHost({ keepAlive }) : checkHost(host);
}
