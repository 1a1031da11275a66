/** What a broker's reply code means (AMQP 0-9-1 §1.2, constants). */
export interface ReplyCode {
  /** The protocol's name, `NOT_FOUND`. */
  readonly name: string;
  /** What a close with this code takes down; `message` for the codes of basic.return, null for success. */
  readonly closes: 'connection' | 'channel' | 'message' | null;
  /** What the reader can do about it. */
  readonly advice: string;
}

/** Every reply code of AMQP 0-9-1, by number. */
export const REPLY_CODES: Readonly<Record<number, ReplyCode>> = {
  200: { name: 'REPLY_SUCCESS', closes: null, advice: 'nothing went wrong' },
  311: {
    name: 'CONTENT_TOO_LARGE',
    closes: 'channel',
    advice: 'send a smaller message or raise the limit of the broker',
  },
  312: { name: 'NO_ROUTE', closes: 'message', advice: 'bind a queue that takes this routing key' },
  313: { name: 'NO_CONSUMERS', closes: 'message', advice: 'start a consumer, or publish without immediate' },
  320: { name: 'CONNECTION_FORCED', closes: 'connection', advice: 'an operator or a shutdown ended it: connect again' },
  402: { name: 'INVALID_PATH', closes: 'connection', advice: 'check the name of the virtual host' },
  403: { name: 'ACCESS_REFUSED', closes: 'channel', advice: 'check the user, the password and the permissions' },
  404: { name: 'NOT_FOUND', closes: 'channel', advice: 'declare it first, or check the virtual host' },
  405: {
    name: 'RESOURCE_LOCKED',
    closes: 'channel',
    advice: 'an exclusive queue belongs to the connection that declared it',
  },
  406: {
    name: 'PRECONDITION_FAILED',
    closes: 'channel',
    advice: 'repeat what was declared before, and settle each tag once',
  },
  501: { name: 'FRAME_ERROR', closes: 'connection', advice: 'one side broke the framing: look for a proxy in between' },
  502: { name: 'SYNTAX_ERROR', closes: 'connection', advice: 'one side sent a field that does not decode' },
  503: { name: 'COMMAND_INVALID', closes: 'connection', advice: 'one side sent a method that is not legal here' },
  504: { name: 'CHANNEL_ERROR', closes: 'connection', advice: 'one side used a channel that is not open' },
  505: { name: 'UNEXPECTED_FRAME', closes: 'connection', advice: 'one side sent a frame out of order' },
  506: { name: 'RESOURCE_ERROR', closes: 'connection', advice: 'the broker is short of resources: look at its log' },
  530: { name: 'NOT_ALLOWED', closes: 'connection', advice: 'check the virtual host and the limits of the user' },
  540: { name: 'NOT_IMPLEMENTED', closes: 'connection', advice: 'this broker does not know the method' },
  541: { name: 'INTERNAL_ERROR', closes: 'connection', advice: 'the broker failed: look at its log' },
};
