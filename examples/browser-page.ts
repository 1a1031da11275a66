// A page that publishes and consumes by itself: npm run build && node build/examples/browser-page.js [PORT]
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { WebSocketBridge } from 'pikaloop';

const FOLDERS: Readonly<Record<string, URL>> = {
  page: new URL('../../examples/browser/', import.meta.url),
  code: new URL('./browser/', import.meta.url),
  pikaloop: new URL('../../dist/', import.meta.url),
};
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

const server = createServer(async ({ url = '/' }, response) => {
  const { pathname } = new URL(url, 'http://localhost'); // and without any '..'
  const [, folder = 'page', name] = /^\/(?:(code|pikaloop)\/)?([\w.-]*)$/.exec(pathname) ?? [];
  try {
    const file = name || 'index.html';
    const content = await readFile(new URL(file, FOLDERS[folder]));
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/json' }).end(content);
  } catch {
    response.writeHead(404).end('not found\n');
  }
});

// The broker's address only: who logs in is the page's business.
const { protocol, host } = new URL(process.env.AMQP_URL || 'amqp://localhost');
let page = '';
const bridge = new WebSocketBridge({
  server,
  path: '/amqp',
  host: '127.0.0.1',
  port: Number(process.argv[2] ?? 0),
  targets: { broker: `${protocol}//${host}` },
  origins: (origin) => origin === page || origin === page.replace('127.0.0.1', 'localhost'),
});
page = new URL((await bridge.listen()).url.replace(/^ws/, 'http')).origin;
console.log(`the page is at ${page}/`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, async () => {
    await bridge.close();
    console.log('closed in order');
  });
}
