import type { FieldTable } from '../amqp/index.ts';
import type { Parameters } from './parameters.ts';

/** What the broker is told of the client: the library's own, the connection's name, then what the user set. */
export function clientProperties({ clientProperties, connectionName }: Parameters): FieldTable {
  const { capabilities, ...rest } = clientProperties ?? {};
  const named = connectionName === null ? {} : { connection_name: connectionName };
  const theirs = capabilities !== null && typeof capabilities === 'object' ? capabilities : {};
  return {
    product: 'pikaloop',
    version: VERSION,
    platform: platform(),
    information: 'AMQP 0-9-1 for TypeScript: pikaloop',
    ...named,
    ...rest,
    capabilities: { ...CAPABILITIES, ...theirs },
  };
}

/** The version in package.json. */
export const VERSION: string = '0.1.0';

/** What a RabbitMQ broker may do because the client understands it. */
const CAPABILITIES = {
  authentication_failure_close: true,
  'basic.nack': true,
  'connection.blocked': true,
  consumer_cancel_notify: true,
  exchange_exchange_bindings: true,
  publisher_confirms: true,
};

function platform(): string {
  const host = globalThis as {
    Bun?: { version: string };
    Deno?: { version: { deno: string } };
    process?: { version?: string; platform?: string };
    navigator?: { userAgent?: string };
  };
  if (host.Bun) return `Bun ${host.Bun.version}`;
  if (host.Deno) return `Deno ${host.Deno.version.deno}`;
  if (host.process?.version) return `Node.js ${host.process.version} on ${host.process.platform}`;
  return host.navigator?.userAgent ?? 'JavaScript';
}
