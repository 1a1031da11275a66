import { expect } from 'chai';
import { WebSocketBridge, type WebSocketBridgeOptions } from '../../adapters/index.ts';

const TARGETS = { main: 'amqp://localhost' };

describe('the options of a WebSocketBridge', () => {
  for (const [what, options, text] of [
    ['no target', {}, 'options.targets must be brokers by name, not undefined'],
    ['an empty list of targets', { targets: {} }, 'options.targets must name at least one broker'],
    ['another scheme', { targets: { a: 'http://h' } }, 'options.targets.a: scheme must be amqp or amqps'],
    ['a user', { targets: { a: 'amqp://u:secret@h' } }, /^options\.targets\.a: takes one host, a port and TLS/],
    ['a virtual host', { targets: { a: 'amqp://h/v' } }, /^options\.targets\.a: takes one host, a port and TLS/],
    ['several hosts', { targets: { a: 'amqp://g,h' } }, /^options\.targets\.a: takes one host, a port and TLS/],
    ['no host', { targets: { a: { port: 1 } } }, 'options.targets.a: has no host'],
    ['a wrong port', { targets: { a: { host: 'h', port: 70_000 } } }, /^options\.targets\.a: port must be/],
    ['a field too many', { targets: { a: { host: 'h', user: 'u' } } }, /^options\.targets\.a has no field user/],
    [
      'a bad certificate',
      { targets: { a: { host: 'h', tls: { ca: '', cert: 'x', key: 'x' } } } },
      /^options\.targets\.a: .*PEM/,
    ],
    [
      'an origin with a path',
      { targets: TARGETS, origins: ['https://A.example/x'] },
      /did you mean https:\/\/a\.example\?$/,
    ],
    ['an origin without a scheme', { targets: TARGETS, origins: ['a.example'] }, /^options\.origins\[0\] must be like/],
    ['one origin alone', { targets: TARGETS, origins: 'https://a.example' }, /^options\.origins must be a list/],
    ['a path without /', { targets: TARGETS, path: 'amqp' }, /^options\.path must begin with a \//],
    ['no connection at all', { targets: TARGETS, maxConnections: 0 }, /^options\.maxConnections must be an integer/],
    [
      'no server',
      { targets: TARGETS, server: 80 },
      'options.server must be a server of node:http or node:https, not a number',
    ],
    [
      'a host alone beside a server',
      { targets: TARGETS, server: { on() {} }, host: 'h' },
      /^options\.host goes with a port/,
    ],
    [
      'a name that none has',
      { targets: TARGETS, maxConnection: 1 },
      /^options has no field maxConnection: it has targets/,
    ],
  ] as const) {
    it(`are refused with ${what}, by name`, () => {
      // as a program without types may
      const make = (): WebSocketBridge => new WebSocketBridge(options as unknown as WebSocketBridgeOptions);
      expect(make).to.throw(text).with.property('code').matches(/^ARG_/);
      expect(make).not.to.throw(/secret/);
    });
  }
});
