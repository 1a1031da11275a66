import type { AMQPError, MethodId } from '../amqp/index.ts';
import { CallbackList } from './callbacks.ts';
import { ChannelBase } from './channel-base.ts';
import type { CancelNotice, FlowNotice, OnReturn } from './channel-callbacks.ts';
import { type Hook, MethodHooks } from './method-hooks.ts';

/** The callbacks of a channel on which things come by themselves: added, removed, each list called in order. */
export abstract class ChannelListeners<H> extends ChannelBase<H> {
  /** @internal */
  protected readonly closeCallbacks: CallbackList<[this, AMQPError]>;
  /** @internal */
  protected readonly cancelCallbacks: CallbackList<[this, CancelNotice]>;
  /** @internal */
  protected readonly flowCallbacks: CallbackList<[this, FlowNotice]>;
  /** @internal */
  protected readonly returnCallbacks: CallbackList<Parameters<OnReturn<this>>>;
  /** @internal */
  protected readonly hooks: MethodHooks<this>;

  protected constructor(host: H, warn: (text: string) => void) {
    super(host);
    this.closeCallbacks = new CallbackList('the close of a channel', warn);
    this.cancelCallbacks = new CallbackList('basic.cancel', warn);
    this.flowCallbacks = new CallbackList('channel.flow', warn);
    this.returnCallbacks = new CallbackList('basic.return', warn);
    this.hooks = new MethodHooks(warn);
  }

  /** @param callback - called once, whoever closed the channel and for whatever reason; `isClosed` is true by then */
  addOnCloseCallback(callback: (channel: this, error: AMQPError) => unknown): void {
    this.closeCallbacks.add(callback);
  }
  removeOnCloseCallback(callback: (channel: this, error: AMQPError) => unknown): boolean {
    return this.closeCallbacks.remove(callback);
  }

  /** @param callback - called when the broker has cancelled a consumer, which is gone by then */
  addOnCancelCallback(callback: (channel: this, method: CancelNotice) => unknown): void {
    this.cancelCallbacks.add(callback);
  }
  removeOnCancelCallback(callback: (channel: this, method: CancelNotice) => unknown): boolean {
    return this.cancelCallbacks.remove(callback);
  }

  /** @param callback - called with each mandatory message that no queue took */
  addOnReturnCallback(callback: OnReturn<this>): void {
    this.returnCallbacks.add(callback);
  }
  removeOnReturnCallback(callback: OnReturn<this>): boolean {
    return this.returnCallbacks.remove(callback);
  }

  /** @param callback - called when the broker asks to stop publishing, or to go on; it has its answer by then */
  addOnFlowCallback(callback: (channel: this, method: FlowNotice) => unknown): void {
    this.flowCallbacks.add(callback);
  }
  removeOnFlowCallback(callback: (channel: this, method: FlowNotice) => unknown): boolean {
    return this.flowCallbacks.remove(callback);
  }

  /**
   * Listens to methods of the broker on this channel, after all else that hears of them; of one that has a body, before
   * the body has come.
   * @param replies - `'queue.declare-ok'` or `QUEUE_DECLARE_OK`
   * @param oneShot - whether the first of each is enough
   */
  addCallback(callback: Hook<this>, replies: readonly (string | MethodId)[], oneShot: boolean = true): void {
    this.hooks.add(callback, replies, oneShot);
  }
  /** @param replies - absent = everywhere @returns whether it was there */
  removeCallback(callback: Hook<this>, replies?: readonly (string | MethodId)[]): boolean {
    return this.hooks.remove(callback, replies);
  }

  /** @internal nothing more will come */
  protected clearListeners(): void {
    for (const list of [this.closeCallbacks, this.cancelCallbacks, this.flowCallbacks, this.returnCallbacks])
      list.clear();
  }
}
