import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, ConsoleMessage, Page } from 'playwright-core';
import type { Call, Outcome } from './in-page.ts';
import { keeper } from './keeper.ts';
import { ISOLATED, PageServer, PLAIN } from './page-server.ts';

/** A headless Chromium with a user's folder of its own, and the server of its pages. */
export class Chromium {
  readonly #program: string;
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'pikaloop-chromium-'));
  readonly #server: PageServer = new PageServer();
  readonly #pages = new Set<ChromiumPage>();
  #context: BrowserContext | null = null;

  constructor(program: string) {
    this.#program = program;
    keeper.folder(this.#folder);
  }

  /** Where the tests' pages come from, for a bridge to let in. */
  get origin(): string {
    return this.#server.origin;
  }

  get running(): boolean {
    return this.#context !== null;
  }

  async start(): Promise<void> {
    const { chromium } = await import('playwright-core'); // it is large, and most runs of a single file need none of it
    await this.#server.listen();
    this.#context = await chromium.launchPersistentContext(join(this.#folder, 'profile'), {
      executablePath: this.#program,
      args: FLAGS,
      artifactsDir: join(this.#folder, 'artifacts'),
      timeout: START_LIMIT,
      // The tests' own handlers end them.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    keeper.group(await processOf(this.#context));
  }

  /** A page of its own, closed after the test. @param url - by default an empty page that can run what tests export */
  async open(url: string | URL = ISOLATED): Promise<ChromiumPage> {
    if (this.#context === null) throw new Error('Chromium is not running');
    const page = new ChromiumPage(await this.#context.newPage());
    this.#pages.add(page);
    await page.page.goto(new URL(url, this.origin).href);
    return page;
  }

  /** An empty page without cross-origin isolation: it has no `SharedArrayBuffer`. */
  openPlain(): Promise<ChromiumPage> {
    return this.open(PLAIN);
  }

  /** Closes the pages. @throws {AggregateError} with what they threw that nobody caught */
  async closePages(): Promise<void> {
    const pages = [...this.#pages];
    this.#pages.clear();
    await Promise.all(pages.map(({ page }) => page.close()));
    const uncaught = pages.flatMap(({ errors }) => errors);
    if (uncaught.length > 0) throw new AggregateError(uncaught, `uncaught in a page: ${uncaught.join('; ')}`);
  }

  async dispose(): Promise<void> {
    if (this.#context !== null) {
      const pid = await processOf(this.#context);
      await this.#context.close();
      keeper.forget(pid);
    }
    this.#context = null;
    await this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20 });
    keeper.forget(this.#folder);
  }
}

/** A page of the tests. */
export class ChromiumPage {
  /** Playwright's, for what a user does and sees. */
  readonly page: Page;
  /** What the console was told as an error: failed loads and WebSockets too. */
  readonly complaints: string[] = [];
  /** What was thrown in the page and caught by nobody. A test that expects one takes it out; what stays fails the test. */
  readonly errors: Error[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => void this.errors.push(error));
    page.on('console', (message: ConsoleMessage) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  /**
   * Runs exports of a module in the page: `page.module<typeof import('./x.ts')>(new URL('./x.js', import.meta.url))`. There,
   * `from 'pikaloop'` is the package's bundle for browsers.
   */
  module<M extends object>(built: URL): ModuleCalls<M> {
    return new ModuleCalls(this.page, 'callHere', built);
  }

  /** The same in a dedicated worker of the page. */
  workerModule<M extends object>(built: URL): ModuleCalls<M> {
    return new ModuleCalls(this.page, 'callInWorker', built);
  }
}

/** What a module exports, as a page has it. */
export class ModuleCalls<M extends object> {
  readonly #page: Page;
  readonly #where: 'callHere' | 'callInWorker';
  readonly #module: string;

  constructor(page: Page, where: 'callHere' | 'callInWorker', built: URL) {
    const path = built.pathname.slice(new URL('../../../', import.meta.url).pathname.length - 1);
    this.#page = page;
    this.#where = where;
    this.#module = path;
  }

  /** Calls an export with plain data. @returns what it returns or resolves to @throws {ErrorInPage} with what it throws */
  async call<K extends FunctionName<M>>(name: K, ...args: Arguments<M[K]>): Promise<Result<M[K]>> {
    const call: Call = { module: this.#module, name, args };
    const outcome = await this.#page.evaluate(
      ([where, given]) => (globalThis as unknown as Callers)[where](given), // in-page.ts put it there
      [this.#where, call] as const,
    );
    if ('error' in outcome) throw new ErrorInPage(outcome.error);
    return outcome.value as Result<M[K]>; // what its type says, after a copy
  }
}

/** What a function threw in a page, with its name, code and stack. */
export class ErrorInPage extends Error {
  readonly code: unknown;

  constructor({ name, message, code, stack }: Extract<Outcome, { error: object }>['error']) {
    super(message);
    this.name = name;
    this.code = code;
    if (stack !== undefined) this.stack = `${this.stack}\n  in the page: ${stack}`;
  }
}

type Callers = Readonly<Record<'callHere' | 'callInWorker', (call: Call) => Promise<Outcome>>>;
type FunctionName<M> = { [K in keyof M]: M[K] extends (...args: never) => unknown ? K : never }[keyof M] & string;
type Arguments<F> = F extends (...args: infer A) => unknown ? A : never;
type Result<F> = F extends (...args: never) => infer R ? Awaited<R> : never;

/** Chromium leads a group of its own. When its pipe breaks it ends by itself, but writes its folder once more. */
async function processOf(context: BrowserContext): Promise<number> {
  const session = await context.browser()?.newBrowserCDPSession();
  const { processInfo } = (await session?.send('SystemInfo.getProcessInfo')) ?? { processInfo: [] };
  const browser = processInfo.find(({ type }) => type === 'browser');
  if (!browser) throw new Error('Chromium does not tell the number of its process');
  return browser.id;
}

const START_LIMIT = 60_000; // ms; about 200 on an idle machine

/** Without a network of its own, and without a sandbox, which containers seldom allow: it runs our own pages only. */
const FLAGS: string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
