import { AMQPConnectionError, type Credentials } from '../amqp/index.ts';
import type { IOLoop, TimeoutHandle } from '../ioloop/index.ts';
import { type CredentialsProvider, type ExpiringCredentials, providedCredentials } from './credential-types.ts';

/** Who logs in: credentials as they were given, or those that a provider gives for this connect. */
export class Login {
  readonly #loop: IOLoop;
  readonly #given: Credentials | CredentialsProvider;
  #credentials: Credentials | null = null;
  #expiresAt = NEVER;
  #timer: TimeoutHandle | null = null;
  /** Which of the connections it is: an answer that comes late is for none. */
  #connect = 0;

  constructor(loop: IOLoop, given: Credentials | CredentialsProvider) {
    this.#loop = loop;
    this.#given = given;
  }

  /** @throws {AMQPConnectionError} before obtain() has called back */
  get credentials(): Credentials {
    if (!this.#credentials) throw new AMQPConnectionError('the credentials are not known yet');
    return this.#credentials;
  }

  /**
   * For a new connect, or for the one that stands.
   * @param done - at once, or from the loop where the provider gives a promise; never after stop()
   */
  obtain(done: (error: AMQPConnectionError | null) => void): void {
    if (typeof this.#given !== 'function') {
      this.#credentials = this.#given;
      done(null);
      return;
    }
    try {
      const answer = this.#given();
      const connect = this.#connect;
      const settled = (outcome: PromiseSettledResult<Credentials | ExpiringCredentials>): void => {
        if (connect === this.#connect) this.#settled(outcome, done);
      };
      if (isPromise(answer)) this.#loop.addFuture(answer, settled);
      else this.#take(answer, done);
    } catch (cause) {
      done(new AMQPConnectionError('the function for the credentials threw an error', { cause }));
    }
  }

  /**
   * Asks the provider again when four fifths of the time to `expiresAt` are over.
   * @param use - gets the new password
   */
  renew(use: (secret: string) => void, warn: (text: string) => void): void {
    const left = this.#timeLeft();
    if (left > LONGEST_LIFE) return;
    const connect = this.#connect;
    this.#timer = this.#loop.callLater(Math.max(SOONEST_RENEWAL, left * RENEWAL_SHARE), () =>
      this.obtain((error) => {
        // a provider may have closed the connection
        if (connect !== this.#connect) return;
        const password = this.#password();
        if (error) warn(`${error.message}; the broker will end the connection when the old ones expire`);
        else if (password === null)
          warn('credentials that expire need a password: there is nothing to send as the new secret');
        else use(password);
        if (error || password !== null) this.renew(use, warn);
      }),
    );
  }

  /** The connection is gone; the next one obtains its own. */
  stop(): void {
    this.#connect++;
    this.#timer?.cancel();
  }

  #settled(
    outcome: PromiseSettledResult<Credentials | ExpiringCredentials>,
    done: (error: AMQPConnectionError | null) => void,
  ): void {
    if (outcome.status === 'fulfilled') this.#take(outcome.value, done);
    else done(new AMQPConnectionError('the promise of the credentials was rejected', { cause: outcome.reason }));
  }

  #take(answer: Credentials | ExpiringCredentials, done: (error: AMQPConnectionError | null) => void): void {
    let error: AMQPConnectionError | null = null;
    try {
      const { credentials, expiresAt } = providedCredentials(answer);
      this.#credentials = credentials;
      this.#expiresAt = expiresAt;
    } catch (cause) {
      error = new AMQPConnectionError('the function for the credentials gave something else', { cause });
    }
    done(error);
  }

  /** Milliseconds; the loop alone knows how its time and the calendar go together. */
  #timeLeft(): number {
    const expiry = this.#loop.addTimeout(this.#expiresAt, () => {});
    expiry.cancel();
    return expiry.deadline - this.#loop.time();
  }

  #password(): string | null {
    const password: unknown = (this.#credentials as { password?: unknown } | null)?.password;
    return typeof password === 'string' ? password : null;
  }
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | null)?.then === 'function';
}

/** How much of the time that is left passes before the provider is asked again. */
const RENEWAL_SHARE = 0.8;
/** Milliseconds: a provider that fails is not asked more often. */
const SOONEST_RENEWAL = 1000;
const NEVER = new Date(8.64e15);
/** Milliseconds: a hundred years are for ever. */
const LONGEST_LIFE = 100 * 365 * 86_400_000;
