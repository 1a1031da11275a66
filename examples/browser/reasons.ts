/** Why there is no connection, for people. */
export interface Reason {
  readonly headline: string;
  readonly detail: string;
  /** Nobody wanted it. */
  readonly failed: boolean;
}

/** Errors are told apart by their names, which no minifier changes. */
export function reasonFor(error: unknown): Reason {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  if (name.endsWith('ClosedByClient')) {
    return { headline: 'Closed', detail: 'You have closed the connection. Its queue is gone with it.', failed: false };
  }
  return {
    headline: HEADLINES[name] ?? 'No connection',
    detail: message.replace(/^the broker closed the \w+: /, ''),
    failed: true,
  };
}

const HEADLINES: Readonly<Record<string, string>> = {
  ConnectionClosedByBroker: 'The broker has closed the connection',
  ChannelClosedByBroker: 'The broker has closed the channel',
  StreamLostError: 'The connection is lost',
  AMQPHeartbeatTimeout: 'The broker has fallen silent',
  ProbableAuthenticationError: 'The broker refuses this login',
  AuthenticationError: 'The broker refuses this login',
  ProbableAccessDeniedError: 'This user may not use the virtual host',
  AMQPConnectorStackTimeout: 'Nobody has answered in time',
};
