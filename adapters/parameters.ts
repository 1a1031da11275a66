import { makeRangeError } from '../amqp/index.ts';
import { shownUrl } from '../ioloop/index.ts';
import { integer, isRecord, unknownField, wrongType } from './field-checks.ts';
import { inspectAs } from './inspection.ts';
import {
  type ConnectionFields,
  checkedField,
  FIELD_NAMES,
  type FieldName,
  type HostAndPort,
  initialValues,
  isFieldName,
  type ParameterValues,
  type Place,
} from './parameter-fields.ts';
import { sameData } from './plain-data.ts';

/**
 * The base of `ConnectionParameters` and `URLParameters`. Each field is checked whenever it is assigned; a field that
 * does not exist cannot be assigned.
 */
export interface Parameters extends ParameterValues {}
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the static block defines an accessor for each field
export class Parameters {
  static {
    for (const name of FIELD_NAMES) {
      Object.defineProperty(Parameters.prototype, name, {
        get(this: Parameters): unknown {
          return read(this, name);
        },
        set(this: Parameters, value: unknown) {
          write(this, name, checkedField(name, value));
        },
        enumerable: true,
        configurable: true,
      });
    }
    Object.setPrototypeOf(Parameters.prototype, refusing());
    inspectAs(Parameters, (parameters) => parameters.toJSON());
  }

  /** @throws {TypeError} ARG_TYPE, ARG_UNKNOWN_FIELD @throws {RangeError} ARG_RANGE, each with `.field` */
  constructor(fields?: ConnectionFields) {
    STORED.set(this, initial());
    if (fields === undefined) return;
    if (fields instanceof Parameters) STORED.set(this, copyStored(stored(fields)));
    else fill(this, fields);
  }

  /** A deep copy of the same class; TLS options, functions and the logger are shared. */
  copy(): this {
    const twin: this = Object.create(Object.getPrototypeOf(this), Object.getOwnPropertyDescriptors(this));
    STORED.set(twin, copyStored(stored(this)));
    return twin;
  }

  /** Compares every field by value; the two may be of different classes. */
  equals(other: unknown): boolean {
    return other instanceof Parameters && FIELD_NAMES.every((name) => sameData(this[name], other[name]));
  }

  /** Makes `host` and `port` those of `hosts[index]`: the one that answered. */
  chooseHost(index: number): void {
    stored(this).chosen = integer(0, stored(this).places.length - 1)(index, 'index');
  }

  toString(): string {
    const { host, port, virtualHost, sslOptions: tls, hosts, webSocket } = this;
    const more = hosts.length > 1 ? ` hosts=${hosts.length}` : '';
    const place = webSocket === null ? `host=${host} port=${port}${more}` : `webSocket=${shownUrl(webSocket)}`;
    const where = `${place} virtualHost=${virtualHost}`;
    return `<${this.constructor.name} ${where} tls=${tls === null ? 'no' : 'yes'}>`;
  }

  /** The fields, with nothing that is secret. */
  toJSON(): Record<string, unknown> {
    const fields: Record<string, unknown> = Object.fromEntries(FIELD_NAMES.map((name) => [name, this[name]]));
    const given = this.credentials;
    const webSocket = this.webSocket === null ? null : shownUrl(this.webSocket);
    return {
      ...fields,
      webSocket,
      credentials: `[${typeof given === 'function' ? 'function' : given.constructor.name}]`,
    };
  }
}

/** Where and how to connect. `new ConnectionParameters({ host: 'broker', heartbeat: 30 })` */
export class ConnectionParameters extends Parameters {}

const PORT = 5672;
const TLS_PORT = 5671;

interface Stored {
  places: readonly Place[];
  chosen: number;
  readonly others: Record<string, unknown>;
}

const STORED = new WeakMap<Parameters, Stored>();

function initial(): Stored {
  const { host: _host, port: _port, hosts, ...others } = initialValues();
  return { places: hosts as readonly Place[], chosen: 0, others }; // as its check made it
}

function stored(parameters: Parameters): Stored {
  return STORED.get(parameters)!; // the constructor and copy() put it there
}

function read(parameters: Parameters, name: FieldName): unknown {
  const { places, chosen, others } = stored(parameters);
  const resolve = (place: Place): HostAndPort => ({
    host: place.host,
    port: place.port ?? (others.sslOptions === null ? PORT : TLS_PORT),
  });
  if (name === 'hosts') return places.map(resolve);
  if (name === 'host' || name === 'port') return resolve(places[chosen]!)[name]; // `chosen` was checked to be in range
  return others[name];
}

/** @param value - checked @throws {RangeError} ARG_RANGE: it contradicts another field */
function write(parameters: Parameters, name: FieldName, value: unknown): void {
  const kept = stored(parameters);
  if (value !== null) checkBeside(name, kept.others);
  if (name === 'hosts') {
    kept.places = value as readonly Place[];
    kept.chosen = 0;
  } else if (name === 'host' || name === 'port') {
    kept.places = kept.places.map((place, i) => (i === kept.chosen ? { ...place, [name]: value } : place));
  } else {
    kept.others[name] = value;
  }
}

/** A WebSocket has its TCP and TLS from the browser, and its bridge knows the way. */
function checkBeside(name: FieldName, others: Record<string, unknown>): void {
  const rivals = name === 'webSocket' ? NOT_OF_WEB_SOCKETS : NOT_OF_WEB_SOCKETS.includes(name) ? WEB_SOCKET : [];
  const rival = rivals.find((other) => others[other] !== null);
  if (rival === undefined) return;
  throw makeRangeError('ARG_RANGE', name, `${name} cannot be given beside ${rival}: a WebSocket takes its URL alone`);
}

const WEB_SOCKET: readonly FieldName[] = ['webSocket'];
const NOT_OF_WEB_SOCKETS: readonly FieldName[] = ['sslOptions', 'tcpOptions', 'socketPath'];

function fill(parameters: Parameters, fields: unknown): void {
  if (!isRecord(fields)) wrongType('parameters', 'an object of fields', fields);
  if (fields.hosts !== undefined && (fields.host !== undefined || fields.port !== undefined)) {
    throw makeRangeError(
      'ARG_RANGE',
      'hosts',
      'hosts must be given alone: it is the list that host and port are the first of',
    );
  }
  for (const [name, value] of Object.entries(fields)) {
    if (!isFieldName(name)) unknownField(name, parameters.constructor.name, FIELD_NAMES);
    if (value !== undefined) write(parameters, name, checkedField(name, value));
  }
}

function copyStored({ places, chosen, others }: Stored): Stored {
  const copy = Object.entries(others).map(([name, value]) => [name, checkedField(name as FieldName, value)]);
  return { places, chosen, others: Object.fromEntries(copy) };
}

/** The end of the prototypes' chain: assigning a name that nothing before it has comes here. */
function refusing(): object {
  return new Proxy(Object.create(Object.prototype), {
    set: (_target, name, _value, receiver: object) =>
      unknownField(String(name), receiver.constructor.name, FIELD_NAMES),
  });
}
