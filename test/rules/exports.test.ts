import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import * as pikaloop from 'pikaloop';
import * as amqp from 'pikaloop/amqp';
import * as ioloop from 'pikaloop/ioloop';
import * as testing from 'pikaloop/testing';
import * as adaptersRoom from '../../adapters/index.ts';
import * as amqpRoom from '../../amqp/index.ts';
import * as ioloopRoom from '../../ioloop/index.ts';
import * as kitRoom from '../kit/index.ts';
import { ROOT } from './sources.ts';

interface Manifest {
  readonly version: string;
  readonly exports: Readonly<Record<string, Door>>;
}
/** A file, or what to take under which condition. */
type Door = string | { readonly [condition: string]: Door };

function filesOf(door: Door): string[] {
  return typeof door === 'string' ? [door] : Object.values(door).flatMap(filesOf);
}
const manifest = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as Manifest; // our own file

describe('the package', () => {
  for (const [entry, door] of Object.entries(manifest.exports)) {
    it(`has every file that "${entry}" names`, () => {
      expect(filesOf(door).filter((file) => !existsSync(`${ROOT}${file}`))).to.deep.equal([]);
    });
  }

  it('tells a compiler for browsers of what the doors for browsers give, and of nothing else', () => {
    for (const [entry, name] of [
      ['.', 'browser'],
      ['./amqp', 'browser-amqp'],
      ['./ioloop', 'browser-ioloop'],
    ] as const) {
      const { browser } = manifest.exports[entry] as { readonly browser: Door };
      expect(browser).to.deep.equal({ types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` });
    }
  });

  for (const [entry, bundled, room] of [
    ['pikaloop', pikaloop, adaptersRoom],
    ['pikaloop/amqp', amqp, amqpRoom],
    ['pikaloop/ioloop', ioloop, ioloopRoom],
    ['pikaloop/testing', testing, kitRoom],
  ] as const) {
    it(`gives as ${entry} what the door of its room gives`, () => {
      expect(Object.keys(bundled).sort()).to.deep.equal(Object.keys(room).sort());
    });
  }

  it('gives every error, class and constant that a user of pika may look for', () => {
    const names = `
      SelectConnection BaseConnection Channel BlockingConnection BlockingChannel ConnectionParameters URLParameters Parameters SSLOptions
      PlainCredentials ExternalCredentials VALID_TYPES AMQPConnectionWorkflow BasicProperties DeliveryMode ExchangeType
      spec version IOLoop PeriodicCallback LoopHandle KeyboardInterrupt
      AMQPError AMQPConnectionError ConnectionOpenAborted StreamLostError IncompatibleProtocolError
      ProbableAuthenticationError ProbableAccessDeniedError AuthenticationError NoFreeChannels ConnectionWrongStateError
      ConnectionClosed ConnectionClosedByBroker ConnectionClosedByClient ConnectionBlockedTimeout AMQPHeartbeatTimeout
      WorkQueueFullError AMQPChannelError ChannelWrongStateError ChannelClosed ChannelClosedByBroker
      ChannelClosedByClient DuplicateConsumerTag ConsumerCancelled UnroutableError NackError PublishUnknownError
      RpcTimeout InvalidChannelNumber ProtocolSyntaxError UnexpectedFrameError ProtocolVersionMismatch BodyTooLongError
      InvalidFrameError FieldError InvalidFieldTypeException UnsupportedAMQPFieldException InvalidMinimumFrameSize
      InvalidMaximumFrameSize MethodNotImplemented ShortStringTooLong DuplicateGetOkCallback ReentrancyError WaitCancelled
      AMQPConnectorException AMQPConnectorStackTimeout AMQPConnectorAborted AMQPConnectorWrongState
      AMQPConnectorPhaseErrorBase AMQPConnectorSocketConnectError AMQPConnectorTransportSetupError
      AMQPConnectorAMQPHandshakeError AMQPConnectionWorkflowAborted AMQPConnectionWorkflowFailed
      AMQPConnectionWorkflowWrongState
    `;
    expect(pikaloop).to.include.all.keys(names.trim().split(/\s+/));
    expect(pikaloop.version).to.equal(manifest.version);
  });

  it('has each class once, whichever entry it is reached by', () => {
    const entries: readonly object[] = [pikaloop, amqp, ioloop];
    const names = new Set(entries.flatMap((entry) => Object.keys(entry)));
    const twice = [...names].filter((name) => {
      const values = entries.filter((entry) => name in entry).map((entry) => Reflect.get(entry, name) as unknown);
      return new Set(values).size > 1;
    });
    expect(twice).to.deep.equal([]);
  });
});
