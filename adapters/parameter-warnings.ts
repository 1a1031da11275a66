import { TCP_OPTIONS } from './parameter-fields.ts';
import type { Parameters } from './parameters.ts';

/** What a connection with these parameters should tell its logger: no mistakes, but not what they look like either. */
export function warningsOf({ frameMax, tcpOptions }: Parameters): string[] {
  const warnings: string[] = [];
  if (frameMax < MODERN_FRAME) {
    warnings.push(`frameMax ${frameMax}: RabbitMQ from 4.1 on refuses connections below ${MODERN_FRAME}`);
  }
  for (const name of Object.keys(tcpOptions ?? {})) {
    if (!TCP_OPTIONS.includes(name)) warnings.push(`tcpOptions: nothing is known of ${name}, which has no effect`);
    else if (name !== 'TCP_KEEPIDLE') warnings.push(`tcpOptions: ${name} cannot be set here; the system's value holds`);
  }
  return warnings;
}

const MODERN_FRAME = 8192;
