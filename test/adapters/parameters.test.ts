import { inspect } from 'node:util';
import { expect } from 'chai';
import {
  type ConnectionFields,
  ConnectionParameters,
  type Credentials,
  ExternalCredentials,
  InvalidMaximumFrameSize,
  InvalidMinimumFrameSize,
  Parameters,
  PlainCredentials,
  SSLOptions,
  URLParameters,
  VALID_TYPES,
} from '../../adapters/index.ts';
import { warningsOf } from '../../adapters/parameter-warnings.ts';
import { caught, expectFault } from './caught.ts';

const DEFAULTS = {
  host: 'localhost',
  port: 5672,
  hosts: [{ host: 'localhost', port: 5672 }],
  virtualHost: '/',
  channelMax: 65_535,
  frameMax: 131_072,
  heartbeat: null,
  connectionAttempts: 1,
  retryDelay: 2000,
  socketTimeout: 10_000,
  stackTimeout: 15_000,
  blockedConnectionTimeout: null,
  locale: 'en_US',
  clientProperties: null,
  sslOptions: null,
  tcpOptions: null,
  backpressureDetection: false,
  rpcTimeout: 20_000,
  closeTimeout: 5000,
  confirmTimeout: null,
  maxMessageSize: 67_108_864,
  outboundLimit: 16_777_216,
  maxUnconfirmed: 65_536,
  connectionName: null,
  family: 0,
  socketPath: null,
  webSocket: null,
  recovery: null,
  logger: null,
};

type Row = readonly [
  field: string,
  good: readonly unknown[],
  wrongType: readonly unknown[],
  outOfRange: readonly unknown[],
];

const NO_NUMBER = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const above0 = (nullable: boolean): readonly [readonly unknown[], readonly unknown[], readonly unknown[]] => [
  [1e-19, 0.5, 1, 1e9, ...(nullable ? [null] : [])],
  ['5', true, {}, undefined, ...(nullable ? [] : [null])],
  [0, -1, ...NO_NUMBER],
];
const countFrom1: readonly [readonly unknown[], readonly unknown[], readonly unknown[]] = [
  [1, 2, Number.MAX_SAFE_INTEGER],
  ['1', null, undefined, 1n],
  [0, -1, 1.5, 2 ** 53, ...NO_NUMBER],
];

const ROWS: readonly Row[] = [
  ['host', ['a', '::1', ''], [null, 5, {}, undefined], []],
  ['port', [1, 65_535], ['x', '', '1.5', '-1', null, {}, true], [0, 65_536, -1, 1.5, '0', '70000', ...NO_NUMBER]],
  ['virtualHost', ['/', 'v', ''], [null, 5], []],
  ['credentials', [() => new PlainCredentials('a', 'b')], [null, 'guest', {}, { username: 'a' }], []],
  ['channelMax', [1, 65_535], ['5', null], [0, 65_536, 1.5, ...NO_NUMBER]],
  ['frameMax', [4096, 131_072], ['5', null], [4095, 131_073, 5000.5, ...NO_NUMBER]],
  ['heartbeat', [0, 65_535, null, () => 5], ['5', true, {}], [-1, 65_536, 1.5, ...NO_NUMBER]],
  ['connectionAttempts', ...countFrom1],
  ['retryDelay', [0, 0.1, 5000], ['1', null], [-1, ...NO_NUMBER]],
  ['socketTimeout', ...above0(true)],
  ['stackTimeout', ...above0(true)],
  ['blockedConnectionTimeout', ...above0(true)],
  ['locale', ['de_DE'], [null, 5], []],
  ['clientProperties', [null, {}, { a: 1 }], ['x', 5, [], new Date()], []],
  ['sslOptions', [null], ['x', 5, false, []], []],
  ['tcpOptions', [null, { TCP_KEEPIDLE: 60, SO_OTHER: 'x' }], ['x', 5, []], []],
  ['backpressureDetection', [true, false], [null, 1, 't'], []],
  ['rpcTimeout', ...above0(false)],
  ['closeTimeout', ...above0(false)],
  ['confirmTimeout', ...above0(true)],
  ['maxMessageSize', ...countFrom1],
  ['outboundLimit', ...countFrom1],
  ['maxUnconfirmed', ...countFrom1],
  ['connectionName', ['me', null], [5, {}], []],
  ['family', [0, 4, 6], ['4', null], [5, -1, Number.NaN]],
  ['socketPath', ['/run/x', null], [5], []],
  [
    'webSocket',
    ['ws://bridge:15670/', 'wss://bridge/amqp', null],
    [5, {}],
    ['', 'bridge', 'http://bridge/', 'ws:', 'ws://u:p@bridge/', 'ws://bridge/#a'],
  ],
  ['recovery', [true, false, null, {}, { maxAttempts: null, jitter: 0.5 }], ['yes', 1], []],
  ['logger', [null], [5, 'console'], []],
];

describe('ConnectionParameters', () => {
  it('has the documented defaults', () => {
    const parameters = new ConnectionParameters();
    for (const [name, value] of Object.entries(DEFAULTS))
      expect(Reflect.get(parameters, name), name).to.deep.equal(value);
    expect(parameters.credentials).to.be.instanceOf(PlainCredentials);
    expect(new PlainCredentials('guest', 'guest').equals(parameters.credentials)).to.equal(true);
  });

  it('tests a row for each of its fields', () => {
    const names = Object.keys(new ConnectionParameters().toJSON());
    expect(ROWS.map(([field]) => field)).to.have.members(names.filter((name) => name !== 'hosts'));
  });

  for (const [field, good, wrongType, outOfRange] of ROWS) {
    it(`checks ${field} when it is given and when it is assigned`, () => {
      for (const value of good) {
        expect(Reflect.get(new ConnectionParameters({ [field]: value }), field)).to.deep.equal(value);
        const assigned = new ConnectionParameters();
        Reflect.set(assigned, field, value);
        expect(Reflect.get(assigned, field)).to.deep.equal(value);
      }
      for (const [values, type, code] of [
        [wrongType, TypeError, 'ARG_TYPE'],
        [outOfRange, RangeError, 'ARG_RANGE'],
      ] as const) {
        for (const value of values) {
          if (value !== undefined) expectFault(() => new ConnectionParameters({ [field]: value }), type, code, field);
          expectFault(() => Reflect.set(new ConnectionParameters(), field, value), type, code, field);
        }
      }
    });
  }

  it('takes an undefined field as one that was not given', () => {
    expect(
      new ConnectionParameters({ host: undefined, heartbeat: undefined }).equals(new ConnectionParameters()),
    ).to.equal(true);
  });

  it('refuses an unknown field at construction and at assignment', () => {
    const parameters = new ConnectionParameters();
    for (const name of ['hostname', 'constructors', '0', 'vhost']) {
      expectFault(() => new ConnectionParameters({ [name]: 1 } as object), TypeError, 'ARG_UNKNOWN_FIELD', name);
      expectFault(() => Reflect.set(parameters, name, 1), TypeError, 'ARG_UNKNOWN_FIELD', name);
    }
    expect(caught(() => new ConnectionParameters({ nope: undefined } as object)).message).to.include('nope');
  });

  it('refuses fields that are no object', () => {
    for (const value of [null, 5, 'amqp://', []]) {
      expectFault(() => new ConnectionParameters(value as object), TypeError, 'ARG_TYPE', 'parameters');
    }
  });

  it('leaves the value as it was when an assignment is refused', () => {
    const parameters = new ConnectionParameters({ heartbeat: 5 });
    expect(() => Object.assign(parameters, { heartbeat: -1 })).to.throw(RangeError);
    expect(parameters.heartbeat).to.equal(5);
  });

  it('checks the TCP options that it knows, and the parts of recovery and logger', () => {
    const given =
      (fields: object): (() => unknown) =>
      () =>
        new ConnectionParameters(fields);
    expectFault(given({ tcpOptions: { TCP_KEEPIDLE: '60' } }), TypeError, 'ARG_TYPE', 'tcpOptions.TCP_KEEPIDLE');
    expectFault(given({ tcpOptions: { TCP_KEEPCNT: -1 } }), RangeError, 'ARG_RANGE', 'tcpOptions.TCP_KEEPCNT');
    expectFault(given({ recovery: { jitter: 2 } }), RangeError, 'ARG_RANGE', 'recovery.jitter');
    expectFault(given({ recovery: { delay: 2 } }), TypeError, 'ARG_UNKNOWN_FIELD', 'delay');
    expectFault(given({ logger: { warn: () => undefined } }), TypeError, 'ARG_TYPE', 'logger.error');
    expectFault(given({ logger: { ...console, debug: 5 } }), TypeError, 'ARG_TYPE', 'logger.debug');
  });

  it('refuses texts that are too long for the wire, and client properties that it cannot carry', () => {
    for (const field of ['virtualHost', 'locale'] as const) {
      expectFault(() => new ConnectionParameters({ [field]: 'ä'.repeat(128) }), RangeError, 'TOO_LONG', field);
      expect(new ConnectionParameters({ [field]: 'x'.repeat(255) })[field]).to.have.length(255);
    }
    const carry = (value: unknown) => () => new ConnectionParameters({ clientProperties: { a: [value as never] } });
    expectFault(carry(Symbol('s')), TypeError, 'UNENCODABLE', 'clientProperties.a[0]');
    expectFault(carry(2n ** 64n), RangeError, 'ARG_RANGE', 'clientProperties.a[0]');
    expectFault(() => new URLParameters(`amqp://h/${'x'.repeat(256)}`), RangeError, 'TOO_LONG', 'virtualHost');
  });

  it('tells a frame size that is too small from one that is too large', () => {
    const frames = (frameMax: number) => () => new ConnectionParameters({ frameMax });
    expectFault(frames(4095), InvalidMinimumFrameSize, 'ARG_RANGE', 'frameMax');
    expectFault(frames(131_073), InvalidMaximumFrameSize, 'ARG_RANGE', 'frameMax');
    expectFault(frames(Number.NaN), RangeError, 'ARG_RANGE', 'frameMax');
  });

  it('takes a port in digits', () => {
    expect(new ConnectionParameters({ port: '5673' }).port).to.equal(5673);
  });

  it('has the TLS port as default with sslOptions, and an explicit port wins', () => {
    const parameters = new ConnectionParameters({ sslOptions: true });
    expect(parameters.port).to.equal(5671);
    parameters.sslOptions = null;
    expect(parameters.port).to.equal(5672);
    expect(new ConnectionParameters({ sslOptions: {}, port: 5672 }).port).to.equal(5672);
  });

  it('has host and port of the first of its hosts, and of the one that answered once it is chosen', () => {
    const parameters = new ConnectionParameters({ hosts: [{ host: 'a' }, { host: '::1', port: 99 }] });
    expect([parameters.host, parameters.port]).to.deep.equal(['a', 5672]);
    parameters.chooseHost(1);
    expect([parameters.host, parameters.port]).to.deep.equal(['::1', 99]);
    expect(parameters.hosts).to.deep.equal([
      { host: 'a', port: 5672 },
      { host: '::1', port: 99 },
    ]);
    expect(() => parameters.chooseHost(2)).to.throw(RangeError);
  });

  it('refuses hosts that are no list, empty, wrong in one place, or given beside host', () => {
    expectFault(() => new ConnectionParameters({ hosts: 'a' as never }), TypeError, 'ARG_TYPE', 'hosts');
    expectFault(() => new ConnectionParameters({ hosts: [] }), RangeError, 'ARG_RANGE', 'hosts');
    expectFault(
      () => new ConnectionParameters({ hosts: [{ host: 'a', port: 0 }] }),
      RangeError,
      'ARG_RANGE',
      'hosts[0].port',
    );
    expectFault(() => new ConnectionParameters({ hosts: [{} as never] }), TypeError, 'ARG_TYPE', 'hosts[0].host');
    expectFault(
      () => new ConnectionParameters({ hosts: [{ host: 'a' }], host: 'b' }),
      RangeError,
      'ARG_RANGE',
      'hosts',
    );
  });

  it('takes credentials of a class that was appended to VALID_TYPES', () => {
    class TokenCredentials implements Credentials {
      responseFor(): readonly [string, string] {
        return ['TOKEN', 'x'];
      }
      eraseCredentials(): void {}
    }
    const token = new TokenCredentials();
    expectFault(() => new ConnectionParameters({ credentials: token }), TypeError, 'ARG_TYPE', 'credentials');
    VALID_TYPES.push(TokenCredentials);
    try {
      expect(new ConnectionParameters({ credentials: token }).credentials).to.equal(token);
    } finally {
      VALID_TYPES.pop();
    }
  });

  it('copies credentials and client properties when they are assigned', () => {
    const credentials = new PlainCredentials('u', 'p', true);
    const clientProperties = { a: { b: [1] } };
    const parameters = new ConnectionParameters({ credentials, clientProperties });
    (parameters.credentials as PlainCredentials).eraseCredentials();
    clientProperties.a.b.push(2);
    expect(credentials.password).to.equal('p');
    expect(parameters.clientProperties).to.deep.equal({ a: { b: [1] } });
  });

  it('keeps __proto__ in client properties as an ordinary key', () => {
    const clientProperties = JSON.parse('{"__proto__":{"x":1}}');
    const kept = new ConnectionParameters({ clientProperties }).clientProperties ?? {};
    expect(Object.keys(kept)).to.deep.equal(['__proto__']);
    expect((kept as { x?: number }).x).to.equal(undefined);
  });

  it('copies itself as deep as that, of the same class, and shares TLS options, functions and the logger', () => {
    const logger = { warn: () => undefined, error: () => undefined };
    const heartbeat = (): number => 5;
    const original = new URLParameters('amqps://u:p@a,b/v');
    Object.assign(original, { logger, heartbeat, clientProperties: { a: [1] } });
    const copy = original.copy();
    expect(copy).to.be.instanceOf(URLParameters);
    expect(copy.equals(original)).to.equal(true);
    expect(copy.sslOptions).to.equal(original.sslOptions);
    expect(copy.logger).to.equal(logger);
    expect(copy.heartbeat).to.equal(heartbeat);
    expect(copy.credentials).not.to.equal(original.credentials);
    copy.host = 'c';
    copy.clientProperties = null;
    expect(original.host).to.equal('a');
    expect(original.clientProperties).to.deep.equal({ a: [1] });
  });

  it('equals another by the value of every field, whatever the class', () => {
    const fields = { host: 'h', virtualHost: 'v', credentials: new PlainCredentials('u', 'p'), heartbeat: 30 };
    const parameters = new ConnectionParameters(fields);
    expect(parameters.equals(new URLParameters('amqp://u:p@h/v?heartbeat=30'))).to.equal(true);
    expect(new ConnectionParameters(parameters).equals(parameters)).to.equal(true);
    for (const other of [
      { ...fields, heartbeat: 31 },
      { ...fields, credentials: new ExternalCredentials() },
      { ...fields, tcpOptions: {} },
    ]) {
      expect(parameters.equals(new ConnectionParameters(other))).to.equal(false);
    }
    expect(parameters.equals({ ...fields })).to.equal(false);
  });

  it('shows no password, key or passphrase in a text, an inspection or JSON', () => {
    const parameters = new ConnectionParameters({
      host: 'h',
      credentials: new PlainCredentials('u', 'sesame'),
      sslOptions: { key: 'sesame', passphrase: 'sesame', pfx: new TextEncoder().encode('sesame') },
    });
    const holder = { parameters, list: [parameters.credentials, parameters.sslOptions] };
    const texts = [
      String(parameters),
      inspect(holder, { showHidden: true, depth: 20 }),
      inspect(holder, { customInspect: false, showHidden: true, depth: 20 }),
      JSON.stringify(holder),
      caught(() => new ConnectionParameters({ host: 5 as never, sslOptions: { key: 'sesame' } })).message,
      caught(() => new ConnectionParameters({ credentials: 'sesame' as never })).message,
    ];
    for (const text of texts) expect(text).not.to.match(/sesame|115, 101/);
    expect(String(parameters)).to.equal('<ConnectionParameters host=h port=5671 virtualHost=/ tls=yes>');
  });

  it('is one of Parameters, as URLParameters is', () => {
    expect(new ConnectionParameters()).to.be.instanceOf(Parameters);
    expect(new URLParameters('amqp://')).to.be.instanceOf(Parameters);
  });
});

describe('warnings about parameters', () => {
  const warned = (fields: ConnectionFields): string[] => warningsOf(new ConnectionParameters(fields));

  it('are none for the defaults, and for what a broker of today takes', () => {
    expect(warned({})).to.deep.equal([]);
    expect(warned({ frameMax: 8192, tcpOptions: { TCP_KEEPIDLE: 60 }, recovery: {} })).to.deep.equal([]);
  });

  it('name a frameMax that modern brokers refuse, and options that have no effect', () => {
    expect(warned({ frameMax: 4096 })[0]).to.include('frameMax');
    expect(warned({ tcpOptions: { TCP_KEEPCNT: 3 } })[0]).to.include('TCP_KEEPCNT');
    expect(warned({ tcpOptions: { SO_OTHER: 3 } })[0]).to.include('SO_OTHER');
  });
});

describe('SSLOptions', () => {
  it('is the same as its plain object, and true as an empty one', () => {
    const fields = { ca: ['x', new Uint8Array([1])], serverHostname: 'h', minVersion: 'TLSv1.3' as const };
    const options = new SSLOptions(fields);
    expect(options.toTls()).to.deep.equal(fields);
    expect(options.equals(new ConnectionParameters({ sslOptions: fields }).sslOptions)).to.equal(true);
    expect(new ConnectionParameters({ sslOptions: true }).sslOptions?.equals(new SSLOptions())).to.equal(true);
    expect(options.equals(new SSLOptions())).to.equal(false);
  });

  it('refuses wrong and unknown fields, and takes an undefined one as not given', () => {
    expectFault(() => new SSLOptions({ ca: 5 as never }), TypeError, 'ARG_TYPE', 'sslOptions.ca');
    expectFault(() => new SSLOptions({ ca: [5 as never] }), TypeError, 'ARG_TYPE', 'sslOptions.ca[0]');
    expectFault(
      () => new SSLOptions({ minVersion: 'SSLv3' as never }),
      RangeError,
      'ARG_RANGE',
      'sslOptions.minVersion',
    );
    expectFault(() => new SSLOptions({ cafile: 'x' } as object), TypeError, 'ARG_UNKNOWN_FIELD', 'cafile');
    expectFault(
      () => new ConnectionParameters({ sslOptions: { context: {} } as object }),
      TypeError,
      'ARG_UNKNOWN_FIELD',
      'context',
    );
    expect(new SSLOptions({ ca: undefined }).toTls()).to.deep.equal({});
  });

  it('keeps its own copy of bytes', () => {
    const pfx = new Uint8Array([1, 2]);
    const options = new SSLOptions({ pfx });
    pfx[0] = 9;
    expect(options.pfx).to.deep.equal(new Uint8Array([1, 2]));
  });
});
