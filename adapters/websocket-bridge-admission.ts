import type { IncomingMessage } from 'node:http';
import type { BridgeSettings, Target } from './websocket-bridge-options.ts';

/** How a WebSocket is ended by the bridge: a code of docs/bridge.md, and why (RFC 6455 §7.4). */
export interface Ending {
  readonly code: number;
  /** At most 123 bytes. */
  readonly reason: string;
}

/** RFC 6455 §7.4: below 4000 its own, from there ours. */
export const CLOSE = {
  ended: 1000,
  leaving: 1001,
  badRequest: 4400,
  refused: 4403,
  tooMany: 4429,
  unreachable: 4502,
  timeout: 4504,
} as const;

/** The WebSocket protocol of AMQP's bytes. */
export const SUBPROTOCOL = 'amqp';
/** The same, and the page says in text messages how many bytes it has read: no more than the limit is under way to it. */
export const CREDIT_SUBPROTOCOL = 'amqp.credit';

const SUBPROTOCOLS: readonly string[] = [CREDIT_SUBPROTOCOL, SUBPROTOCOL];

/** What the server answers with: a browser that was given none of its protocols hears of nothing but a failure. */
export function chooseProtocol(offered: ReadonlySet<string>): string | false {
  for (const known of SUBPROTOCOLS) if (offered.has(known)) return known;
  return [...offered][0] ?? false;
}

/** Decides by the request alone. */
export function findTarget(request: IncomingMessage, protocol: string, settings: BridgeSettings): Target | Ending {
  if (!SUBPROTOCOLS.includes(protocol)) return refusal(CLOSE.badRequest, `the subprotocol must be "${SUBPROTOCOL}"`);
  const { origin } = request.headers;
  if (!settings.allows(origin)) return refusal(CLOSE.refused, `the origin ${shown(origin)} is not allowed`);
  const names = queryOf(request)?.getAll('target');
  if (names === undefined || names.length > 1) return refusal(CLOSE.badRequest, 'the URL must be like /?target=name');
  const name = names[0] ?? onlyName(settings.targets);
  if (name === undefined) return refusal(CLOSE.badRequest, 'there are several targets: name one, ?target=name');
  return settings.targets.get(name) ?? refusal(CLOSE.refused, `the target ${shown(name)} is not allowed`);
}

/** Whether a request is for this path. */
export function isFor(request: IncomingMessage, path: string): boolean {
  return urlOf(request)?.pathname === path;
}

/** A text of the peer's, for a log and for a reason: short, in quotes, without control characters. */
export function shown(text: string | undefined): string {
  if (text === undefined) return '(none)';
  const short = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return JSON.stringify(short.replace(/[^ -~…]/g, '?'));
}

function refusal(code: number, reason: string): Ending {
  return { code, reason };
}

function onlyName(targets: BridgeSettings['targets']): string | undefined {
  return targets.size === 1 ? [...targets.keys()][0] : undefined;
}

function queryOf(request: IncomingMessage): URLSearchParams | undefined {
  return urlOf(request)?.searchParams;
}

function urlOf(request: IncomingMessage): URL | null {
  const text = request.url ?? '';
  // a path that begins with // would be read as a host
  return text.startsWith('/') && URL.canParse(`ws://bridge${text}`) ? new URL(`ws://bridge${text}`) : null;
}
