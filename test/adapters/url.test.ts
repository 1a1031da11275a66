import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ExternalCredentials, PlainCredentials, URLParameters } from '../../adapters/index.ts';
import { caught, expectFault } from './caught.ts';

/** URL → the fields that differ from the defaults. */
const GOOD: readonly (readonly [url: string, fields: object])[] = [
  ['amqp://', {}],
  ['//', {}],
  ['AMQP://h', { host: 'h' }],
  ['//h', { host: 'h' }],
  ['amqps://h', { host: 'h', port: 5671 }],
  ['AmqpS://h:5672', { host: 'h', port: 5672 }],
  ['amqp://Broker.Example', { host: 'broker.example' }],
  ['amqp://h:', { host: 'h', port: 5672 }],
  ['amqp://:5673', { host: 'localhost', port: 5673 }],
  ['amqp://[::1]', { host: '::1' }],
  ['amqp://[2001:DB8::1]:5673', { host: '2001:db8::1', port: 5673 }],
  ['amqp://[fe80::1%25eth0]', { host: 'fe80::1%eth0' }],
  ['amqp://h%2dx', { host: 'h-x' }],
  ['amqp://h/', { virtualHost: '/' }],
  ['amqp://h/%2f', { virtualHost: '/' }],
  ['amqp://h/%2F', { virtualHost: '/' }],
  ['amqp://h/v', { virtualHost: 'v' }],
  ['amqp://h/a%20b%2Fc/d/e', { virtualHost: 'a b/c' }],
  ['amqp://h/%E2%82%AC', { virtualHost: '€' }],
  ['amqp://h?', { host: 'h' }],
  ['amqp://h/?&&', { host: 'h' }],
  ['amqp://h?channel_max=10&frame_max=8192&heartbeat=30', { channelMax: 10, frameMax: 8192, heartbeat: 30 }],
  ['amqp://h?heartbeat=0', { heartbeat: 0 }],
  ['amqp://h?connection_attempts=3&retry_delay=0.25', { connectionAttempts: 3, retryDelay: 250 }],
  ['amqp://h?socket_timeout=1.5&stack_timeout=1e-3', { socketTimeout: 1500, stackTimeout: 1 }],
  ['amqp://h?blocked_connection_timeout=.5', { blockedConnectionTimeout: 500 }],
  [
    'amqp://h?rpc_timeout=1&close_timeout=2&confirm_timeout=3',
    { rpcTimeout: 1000, closeTimeout: 2000, confirmTimeout: 3000 },
  ],
  ['amqp://h?locale=de_DE', { locale: 'de_DE' }],
  ['amqp://h?client_properties={"a":{"b":[1]}}', { clientProperties: { a: { b: [1] } } }],
  ['amqp://h?client_properties=%7B%22a%22%3A%22x+y%22%7D', { clientProperties: { a: 'x y' } }],
  ['amqp://h?tcp_options={"TCP_KEEPIDLE":60}', { tcpOptions: { TCP_KEEPIDLE: 60 } }],
  ['amqp://h?backpressure_detection=t', { backpressureDetection: true }],
  ['amqp://h?backpressure_detection=f', { backpressureDetection: false }],
  ['amqp://h?connection_timeout=1500', { socketTimeout: 1500 }],
  ['amqp://h?connection_name=my+service%20a', { connectionName: 'my service a' }],
  ['amqp://h?connection_name=a=b', { connectionName: 'a=b' }],
  ['amqp://h?heartbeat=&locale', { heartbeat: null, locale: 'en_US' }],
  ['amqps://h?ssl_options=', { port: 5671 }],
  ['amqp://h?ssl_options=null', { port: 5672, sslOptions: null }],
  ['amqp://h?ssl_options={}', { port: 5671 }],
  ['amqp://h?verify=verify_none', { port: 5671 }],
  ['amqp://h:5672?ssl_options={}', { port: 5672 }],
];

/** URL → the field that the error names. All are RangeErrors with the code URL_INVALID. */
const BAD: readonly (readonly [url: string, field: string])[] = [
  ['', 'url'],
  ['h', 'url'],
  ['amqp:', 'url'],
  ['amqp:/h', 'url'],
  ['localhost:5672', 'url'],
  ['amqp://h o', 'url'],
  ['amqp://h\n', 'url'],
  ['amqp://h\\v', 'url'],
  ['amqp://h#f', 'url'],
  ['http://h', 'scheme'],
  ['https://h', 'scheme'],
  ['amqp+ssl://h', 'scheme'],
  ['://h', 'scheme'],
  ['amqp://u@h', 'password'],
  ['amqp://@h', 'password'],
  ['amqp://u:p:q@h', 'password'],
  ['amqp://u:p@q@h', 'host'],
  ['amqp://u:p@a,u:p@b', 'host'],
  ['amqp://u:p%zz@h', 'password'],
  ['amqp://u%:p@h', 'username'],
  ['amqp://a,,b', 'host'],
  ['amqp://a,', 'host'],
  ['amqp://::1', 'host'],
  ['amqp://[::1', 'host'],
  ['amqp://[::1]x', 'host'],
  ['amqp://[nonsense]', 'host'],
  ['amqp://[::1]:x', 'port'],
  ['amqp://h:0', 'port'],
  ['amqp://h:65536', 'port'],
  ['amqp://h:-1', 'port'],
  ['amqp://h:5672x', 'port'],
  ['amqp://a:1,b:99999', 'port'],
  ['amqp://h/%', 'virtualHost'],
  ['amqp://h/%ff', 'virtualHost'],
  ['amqp://h/u@v', 'virtualHost'],
  ['amqp://h?locale=%', 'locale'],
  ['amqp://h?%=1', 'query'],
  ['amqp://h?heartbeat=x', 'heartbeat'],
  ['amqp://h?heartbeat=1.5', 'heartbeat'],
  ['amqp://h?heartbeat=-1', 'heartbeat'],
  ['amqp://h?heartbeat=65536', 'heartbeat'],
  ['amqp://h?heartbeat=0x10', 'heartbeat'],
  ['amqp://h?channel_max=0', 'channel_max'],
  ['amqp://h?frame_max=4095', 'frame_max'],
  ['amqp://h?connection_attempts=0', 'connection_attempts'],
  ['amqp://h?retry_delay=-1', 'retry_delay'],
  ['amqp://h?retry_delay=Infinity', 'retry_delay'],
  ['amqp://h?retry_delay=1e999', 'retry_delay'],
  ['amqp://h?socket_timeout=0', 'socket_timeout'],
  ['amqp://h?stack_timeout=abc', 'stack_timeout'],
  ['amqp://h?blocked_connection_timeout=0', 'blocked_connection_timeout'],
  ['amqp://h?connection_timeout=0', 'connection_timeout'],
  ['amqp://h?client_properties=x', 'client_properties'],
  ["amqp://h?client_properties={'a':1}", 'client_properties'],
  ['amqp://h?client_properties=[1]', 'client_properties'],
  ['amqp://h?tcp_options=5', 'tcp_options'],
  ['amqp://h?backpressure_detection=true', 'backpressure_detection'],
  ['amqp://h?verify=no', 'verify'],
  ['amqp://h?auth_mechanism=digest', 'auth_mechanism'],
  ['amqps://h?ssl_options=null', 'ssl_options'],
  ['amqps://h?ssl_options={"nope":1}', 'ssl_options'],
  ['amqps://h?ssl_options={"password":5}', 'ssl_options'],
  ['amqps://h?ssl_options={"protocol":"PROTOCOL_SSLv3"}', 'ssl_options.protocol'],
  ['amqps://h?cacertfile=/nowhere/at/all.pem', 'cacertfile'],
  ['amqps://h?ssl_options={"cafile":"/nowhere/at/all.pem"}', 'ssl_options.cafile'],
  ['amqp://h?heartbeat=1&heartbeat=1', 'heartbeat'],
  ['amqp://h?socket_timeout=1&connection_timeout=1', 'connection_timeout'],
  ['amqps://h?verify=verify_none&ssl_options={}', 'ssl_options'],
  ['amqps://h?ssl_options={}&verify=verify_none', 'verify'],
  ['amqps://h?ssl_options={"cadata":"x","ca":"y"}', 'ssl_options'],
  ['amqp://h?constructor=1', 'constructor'],
  ['amqp://h?__proto__=1', '__proto__'],
];

/** Other clients' spelling → what the error tells to write. */
const FOREIGN: readonly (readonly [name: string, advice: string])[] = [
  ['frameMax', 'frame_max'],
  ['channelMax', 'channel_max'],
  ['requestedFrameMax', 'frame_max'],
  ['heartbeatInterval', 'heartbeat'],
  ['requestedHeartbeat', 'heartbeat'],
  ['HEARTBEAT', 'heartbeat'],
  ['connectionTimeout', 'connection_timeout'],
  ['connection-timeout', 'connection_timeout'],
  ['connectionAttempts', 'connection_attempts'],
  ['blockedConnectionTimeout', 'blocked_connection_timeout'],
  ['timeout', 'socket_timeout'],
  ['retries', 'connection_attempts'],
  ['cafile', 'cacertfile'],
  ['cert', 'certfile'],
  ['key', 'keyfile'],
  ['servername', 'server_name_indication'],
  ['verify_peer', 'verify'],
  ['authMechanism', 'auth_mechanism'],
  ['login_method', 'auth_mechanism'],
  ['name', 'connection_name'],
  ['clientProperties', 'client_properties'],
  ['keepAlive', 'tcp_options'],
  ['vhost', 'path'],
  ['username', 'before the host'],
  ['ssl', 'amqps'],
  ['recovery', 'recovery'],
  ['prefetch_count', 'basicQos'],
  ['anything', 'heartbeat'],
];

describe('URLParameters', () => {
  for (const [url, fields] of GOOD) {
    it(`reads ${JSON.stringify(url)}`, () => {
      const parameters = new URLParameters(url);
      for (const [name, value] of Object.entries(fields))
        expect(Reflect.get(parameters, name), name).to.deep.equal(value);
    });
  }

  for (const [url, field] of BAD) {
    it(`refuses ${JSON.stringify(url)} and names ${field}`, () => {
      expectFault(() => new URLParameters(url), RangeError, 'URL_INVALID', field);
    });
  }

  for (const [name, advice] of FOREIGN) {
    it(`answers ?${name}= with what to write for it`, () => {
      const error = expectFault(() => new URLParameters(`amqp://h?${name}=1`), RangeError, 'URL_INVALID', name);
      expect(error.message.replace(name, '')).to.include(advice);
    });
  }

  it('refuses what is no string with a TypeError', () => {
    for (const value of [null, undefined, 5, {}, new URL('amqp://h')]) {
      expectFault(() => new URLParameters(value as string), TypeError, 'ARG_TYPE', 'url');
    }
  });

  it('reads several hosts that share one user', () => {
    const parameters = new URLParameters('amqps://u:p@a,[::1]:99,c:5/v');
    expect(parameters.hosts).to.deep.equal([
      { host: 'a', port: 5671 },
      { host: '::1', port: 99 },
      { host: 'c', port: 5 },
    ]);
    expect(new PlainCredentials('u', 'p').equals(parameters.credentials)).to.equal(true);
  });

  it('decodes user and password, keeps a + in them, and keeps blank ones as empty', () => {
    for (const [url, user, password] of [
      ['amqp://u%40x:p%3A%2F%23+@h', 'u@x', 'p:/#+'],
      ['amqp://:@h', '', ''],
      ['amqp://u:@h', 'u', ''],
      ['amqp://:p@h', '', 'p'],
      ['amqp://%E2%82%AC:x@h', '€', 'x'],
    ] as const) {
      expect(new PlainCredentials(user, password).equals(new URLParameters(url).credentials), url).to.equal(true);
    }
  });

  it('takes ExternalCredentials for auth_mechanism=external', () => {
    expect(new URLParameters('amqps://h?auth_mechanism=EXTERNAL').credentials).to.be.instanceOf(ExternalCredentials);
    expect(new URLParameters('amqps://h?auth_mechanism=plain').credentials).to.be.instanceOf(PlainCredentials);
  });

  it('verifies the peer by default with amqps, and can be told not to', () => {
    expect(new URLParameters('amqps://h').sslOptions?.toTls()).to.deep.equal({});
    const parameters = new URLParameters('amqps://h?verify=verify_none&server_name_indication=x');
    expect(parameters.sslOptions?.toTls()).to.deep.equal({ rejectUnauthorized: false, serverHostname: 'x' });
    expect(new URLParameters('amqps://h?verify=verify_peer').sslOptions?.rejectUnauthorized).to.equal(true);
  });

  it("takes pika's names and its own within ssl_options", () => {
    const json = encodeURIComponent(
      JSON.stringify({ cadata: 'CA', password: 'x', ciphers: 'c', server_hostname: 's', protocol: 'PROTOCOL_TLSv1_2' }),
    );
    expect(new URLParameters(`amqps://h?ssl_options=${json}`).sslOptions?.toTls()).to.deep.equal({
      ca: 'CA',
      passphrase: 'x',
      ciphers: 'c',
      serverHostname: 's',
      minVersion: 'TLSv1.2',
    });
    const own = new URLParameters(
      'amqps://h?ssl_options={"ca":"CA","rejectUnauthorized":false,"protocol":"PROTOCOL_TLS"}',
    );
    expect(own.sslOptions?.toTls()).to.deep.equal({ ca: 'CA', rejectUnauthorized: false });
  });

  it('reads certificates and keys from the files that it names, and a folder of authorities', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pikaloop-url-'));
    try {
      for (const name of ['a.pem', 'b.pem']) writeFileSync(join(folder, name), name);
      const [a, b] = [join(folder, 'a.pem'), join(folder, 'b.pem')];
      const text = (bytes: unknown): string => Buffer.from(bytes as Uint8Array).toString();
      const listed = (list: unknown): string[] => (list as Uint8Array[]).map(text);
      const options = new URLParameters(`amqps://h?cacertfile=${a}&certfile=${a}&keyfile=${b}`).sslOptions;
      const flat = options?.toTls();
      expect(listed(flat?.ca)).to.deep.equal(['a.pem']);
      expect([text(flat?.cert), text(flat?.key)]).to.deep.equal(['a.pem', 'b.pem']);
      writeFileSync(b, 'another key');
      expect(text(options?.toTls().key)).to.equal('another key');
      rmSync(b);
      expect(() => options?.toTls()).to.throw(b);
      writeFileSync(b, 'b.pem');
      const json = encodeURIComponent(JSON.stringify({ capath: folder, certfile: a, keyfile: b }));
      const nested = new URLParameters(`amqps://h?ssl_options=${json}`).sslOptions?.toTls();
      expect(listed(nested?.ca).sort()).to.deep.equal(['a.pem', 'b.pem']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('repeats no password in an error', () => {
    for (const url of [
      'amqp://u:sesame',
      'amqp://u:1/sesame@h',
      'amqp://u:1?sesame@h',
      'amqp://u:1#sesame@h',
      'amqp://u:sesame@x@h',
      'amqp://u:sesame:x@h',
      'amqp://u:sesame%@h',
      'amqp://u:sesame@h:x',
      'amqps://u:sesame@h?nope=1',
      'amqps://h?ssl_options={"password":"sesame"',
      'amqps://h?ssl_options={"password":"sesame","nope":1}',
    ]) {
      const { message, stack } = caught(() => new URLParameters(url));
      expect(`${message}${stack}`, url).not.to.include('sesame');
    }
  });

  it('asks for JSON where a Python literal was given', () => {
    expect(caught(() => new URLParameters("amqp://h?client_properties={'a':1}")).message).to.include('JSON');
  });
});
