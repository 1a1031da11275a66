import { readFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Serves empty pages, and to them what is built: `/dist/` is the package, `/build/` holds what tests run in a page. */
export class PageServer {
  readonly #server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost'); // and without any '..'
    this.#answer(pathname, response).catch((error: NodeJS.ErrnoException) => {
      response.writeHead(error.code === 'ENOENT' ? 404 : 500).end(String(error));
    });
  });
  #port: number | null = null;

  /** Where pages come from: `http://127.0.0.1:34567`. */
  get origin(): string {
    if (this.#port === null) throw new Error('the pages have no origin before listen()');
    return `http://127.0.0.1:${this.#port}`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    const address = this.#server.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : null;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(path: string, response: ServerResponse): Promise<void> {
    if (path === PLAIN || path === ISOLATED) {
      return void response.writeHead(200, headersOf('.html', path === ISOLATED)).end(PAGE);
    }
    if (!SERVED.test(path)) return void response.writeHead(404).end();
    const content = await readFile(fileURLToPath(new URL(`.${decodeURIComponent(path)}`, ROOT)));
    response.writeHead(200, headersOf(extname(path), true)).end(path.endsWith('.js') ? bundled(content) : content);
  }
}

/** A page that may share memory with its workers, since it lets nobody else in. */
export const ISOLATED = '/isolated.html';
/** One as most sites have it: it has no `SharedArrayBuffer`. */
export const PLAIN = '/plain.html';

const ROOT = new URL('../../../', import.meta.url); // seen from build/test/support/
const SERVED = /^\/(build|dist)\//;

/** Loaded when it has what a test calls in it. */
const PAGE = `<!doctype html>
<meta charset="utf-8" />
<title>pikaloop</title>
<link rel="icon" href="data:," />
<script type="module" src="/build/test/support/in-page.js"></script>
`;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json',
  '.json': 'application/json',
};

function headersOf(extension: string, isolated: boolean): Record<string, string> {
  const headers = { 'content-type': TYPES[extension] ?? 'application/octet-stream', 'cache-control': 'no-store' };
  if (!isolated) return headers;
  return {
    ...headers,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  };
}

/** Import maps say this to a page, but to no worker. */
function bundled(code: Buffer): string {
  return code.toString('utf8').replace(/\bfrom 'pikaloop'/g, "from '/dist/browser.js'");
}
