import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Authority } from './certificates.ts';
import type { RabbitPrograms } from './find-rabbitmq.ts';
import { freePorts } from './free-ports.ts';
import { keeper } from './keeper.ts';

/** What a private node listens on; all of it on the loopback interface. */
export interface RabbitPorts {
  readonly amqp: number;
  readonly tls: number;
  readonly distribution: number;
  readonly epmd: number;
}

const run = promisify(execFile);
const STARTED = /Server startup complete|completed with \d+ plugins/;
const START_LIMIT = 120_000; // ms; about 5,000 on an idle machine
const START_ATTEMPTS = 3; // another program may take a port between its choice and its use
const KEPT_LINES = 40;

/**
 * A private RabbitMQ: its own home, data, ports and port mapper, so that it meets neither the system's broker nor that
 * of another run. Guest may log in, as an administrator of the virtual host '/'.
 */
export class RabbitNode {
  /** Signs the node's certificate, and those of clients that shall be trusted. */
  readonly authority: Authority = new Authority('pikaloop test authority');
  readonly #programs: RabbitPrograms;
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'pikaloop-rabbitmq-'));
  readonly #name: string;
  #ports: RabbitPorts | null = null;
  #epmd: ChildProcess | null = null;
  #server: ChildProcess | null = null;
  #log: string[] = [];

  constructor(programs: RabbitPrograms) {
    this.#programs = programs;
    this.#name = `pikaloop-${process.pid}-${this.#folder.slice(-6)}@localhost`;
    keeper.folder(this.#folder);
    for (const name of ['home', 'data', 'log']) mkdirSync(join(this.#folder, name));
  }

  get ports(): RabbitPorts {
    if (this.#ports === null) throw new Error('the RabbitMQ node has no ports before start()');
    return this.#ports;
  }

  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.ports.amqp}/%2F`;
  }

  /** The last lines of its log, for a failed test to show. */
  get log(): string {
    return this.#log.join('\n');
  }

  get running(): boolean {
    return this.#server !== null;
  }

  /** Starts it, or starts it again with the ports and data that it had. */
  async start(): Promise<void> {
    if (this.#ports !== null) return this.#boot();
    for (let attempt = 1; ; attempt++) {
      const [amqp, tls, distribution, epmd] = (await freePorts(4)) as [number, number, number, number]; // 4 were asked for
      this.#ports = { amqp, tls, distribution, epmd };
      try {
        this.#configure();
        return await this.#boot();
      } catch (error) {
        await this.#endAll('SIGKILL');
        if (attempt === START_ATTEMPTS) throw error;
      }
    }
  }

  /** Stops it in order: clients are told 320. Its data stays for the next `start()`. */
  async stop(): Promise<void> {
    await this.#endAll('SIGTERM');
  }

  /** Kills it at once, as a crash would. */
  async kill(): Promise<void> {
    await this.#endAll('SIGKILL');
  }

  /** Stops the process where it stands: its sockets stay open and say nothing. */
  freeze(): void {
    signalGroup(this.#server, 'SIGSTOP');
  }

  thaw(): void {
    signalGroup(this.#server, 'SIGCONT');
  }

  /** Stops it and removes all that it left on disk; it cannot be started again. */
  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20 });
    keeper.forget(this.#folder);
  }

  /** Runs `rabbitmqctl` against this node. @returns what it prints @throws with its own words when it fails */
  async ctl(...args: readonly string[]): Promise<string> {
    const { stdout } = await run(this.#programs.ctl, ['--quiet', ...args], { env: this.#environment() });
    return stdout;
  }

  /** The rows of one of rabbitmqctl's lists: `list('list_queues', 'name', 'messages')`. */
  async list(command: string, ...columns: readonly string[]): Promise<Record<string, unknown>[]> {
    return JSON.parse(await this.ctl(command, ...columns, '--formatter', 'json')) as Record<string, unknown>[];
  }

  /** Closes connections as an operator does, with 320 and this text; by default all of them. */
  async closeConnections(reason: string, connectionName?: string): Promise<void> {
    // as text: in JSON the pid has a form that close_connection does not take
    const rows = await this.ctl('list_connections', 'pid', 'client_properties');
    for (const row of rows.split('\n')) {
      const pid = row.split('\t')[0] ?? '';
      const meant = connectionName === undefined || row.includes(`"${connectionName}"`);
      if (pid.startsWith('<') && meant) await this.ctl('close_connection', pid, reason);
    }
  }

  /** Raises the memory alarm, so that publishers are blocked, or clears it. */
  async memoryAlarm(raised: boolean): Promise<void> {
    await this.ctl('set_vm_memory_high_watermark', raised ? '0.0000001' : '0.6');
  }

  /** A user with all permissions in these virtual hosts. */
  async addUser(name: string, password: string, virtualHosts: readonly string[] = ['/']): Promise<void> {
    await this.ctl('add_user', name, password);
    for (const host of virtualHosts) await this.ctl('set_permissions', '-p', host, name, '.*', '.*', '.*');
  }

  /** A virtual host that guest may use. */
  async addVirtualHost(name: string): Promise<void> {
    await this.ctl('add_vhost', name);
    await this.ctl('set_permissions', '-p', name, 'guest', '.*', '.*', '.*');
  }

  #configure(): void {
    const { amqp, tls } = this.ports;
    const server = this.authority.issue({ commonName: 'localhost', hosts: ['localhost', '127.0.0.1', '::1'] });
    const ca = this.#write('ca.pem', this.authority.cert);
    const cert = this.#write('cert.pem', server.cert);
    const key = this.#write('key.pem', server.key);
    this.#write('plugins', '[rabbitmq_auth_mechanism_ssl].\n');
    this.#write(
      'rabbitmq.conf',
      `
      listeners.tcp.1 = 127.0.0.1:${amqp}
      ${HAS_IPV6 ? `listeners.tcp.2 = ::1:${amqp}` : ''}
      listeners.ssl.1 = 127.0.0.1:${tls}
      ssl_options.cacertfile = ${ca}
      ssl_options.certfile = ${cert}
      ssl_options.keyfile = ${key}
      ssl_options.verify = verify_peer
      ssl_options.fail_if_no_peer_cert = false
      ssl_cert_login_from = common_name
      auth_mechanisms.1 = PLAIN
      auth_mechanisms.2 = AMQPLAIN
      auth_mechanisms.3 = EXTERNAL
      log.console = true
      log.console.level = info
      log.file = false
      disk_free_limit.absolute = 1MB
      `.replace(/^ +/gm, ''),
    );
  }

  #write(name: string, text: string): string {
    const file = join(this.#folder, name);
    writeFileSync(file, text);
    return file;
  }

  #environment(): NodeJS.ProcessEnv {
    const { distribution, epmd } = this.ports;
    const erlang = '-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}';
    return {
      PATH: process.env.PATH,
      LANG: 'C.UTF-8',
      HOME: join(this.#folder, 'home'),
      ERL_EPMD_PORT: String(epmd),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_NODENAME: this.#name,
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_MNESIA_BASE: join(this.#folder, 'data'),
      RABBITMQ_LOG_BASE: join(this.#folder, 'log'),
      RABBITMQ_PID_FILE: join(this.#folder, 'pid'),
      RABBITMQ_CONFIG_FILE: join(this.#folder, 'rabbitmq.conf'),
      RABBITMQ_CONF_ENV_FILE: join(this.#folder, 'no-such-file'), // else the system's own would be read
      RABBITMQ_ENABLED_PLUGINS_FILE: join(this.#folder, 'plugins'),
      RABBITMQ_ALLOW_INPUT: 'true', // the script then becomes the node, in place of staying beside it
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `-noinput ${erlang}`,
      RABBITMQ_CTL_ERL_ARGS: erlang,
      RABBITMQ_CTL_DIST_PORT_MIN: '0', // any; the default range has room for eleven at a time on the whole machine
      RABBITMQ_CTL_DIST_PORT_MAX: '0',
    };
  }

  async #boot(): Promise<void> {
    // A port mapper of our own: one that a node starts for itself would outlive it.
    this.#epmd ??= this.#spawn(this.#programs.epmd, ['-address', '127.0.0.1', '-port', String(this.ports.epmd)]);
    const server = this.#spawn(this.#programs.server, []);
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      const fail = (what: string): void => {
        clearTimeout(limit);
        reject(new Error(`RabbitMQ ${what}; the end of its log:\n${this.log}`));
      };
      const limit = setTimeout(fail, START_LIMIT, `was not ready within ${START_LIMIT} ms`);
      server.once('exit', (code, signal) => fail(`ended while it started (${signal ?? code})`));
      server.once('error', (error) => fail(`could not be run: ${error.message}`));
      this.#onLine(server, (line) => {
        if (!STARTED.test(line)) return;
        clearTimeout(limit);
        resolve();
      });
    });
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    // A group of its own: Ctrl-C in a terminal goes to the tests, which then stop it; and the group can be killed whole.
    const options: SpawnOptions = { detached: true, env: this.#environment(), stdio: ['ignore', 'pipe', 'pipe'] };
    const child = spawn(program, args, options);
    if (child.pid !== undefined) keeper.group(child.pid);
    return child;
  }

  #onLine(child: ChildProcess, listener: (line: string) => void): void {
    for (const input of [child.stdout, child.stderr]) {
      if (input === null) continue;
      createInterface({ input }).on('line', (line) => {
        this.#log.push(line);
        if (this.#log.length > KEPT_LINES) this.#log.shift();
        listener(line);
      });
    }
  }

  async #endAll(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const [server, epmd] = [this.#server, this.#epmd];
    this.#server = null;
    this.#epmd = null;
    await end(server, signal);
    await end(epmd, 'SIGKILL'); // it keeps nothing, and SIGTERM would be no kinder
  }
}

const HAS_IPV6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

async function end(child: ChildProcess | null, signal: NodeJS.Signals): Promise<void> {
  if (child?.pid === undefined) return;
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    signalGroup(child, signal);
    await ended;
  }
  keeper.forget(child.pid);
}

function signalGroup(child: ChildProcess | null, signal: NodeJS.Signals): void {
  if (child?.pid === undefined) throw new Error('the RabbitMQ node is not running');
  process.kill(-child.pid, signal);
}
