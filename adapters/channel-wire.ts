import type { CallOptions, ChannelEvents, ChannelMachine } from '../amqp/index.ts';

/** What a channel's object speaks through: the channel of one connection, or one that outlives it. */
export type ChannelWire = Pick<ChannelMachine, WireMember>;

type WireMember =
  | 'number'
  | 'state'
  | 'flowActive'
  | 'awaitsAnswer'
  | 'consumerTags'
  | 'requireOpen'
  | 'call'
  | 'publish'
  | 'ack'
  | 'nack'
  | 'reject'
  | 'consume'
  | 'cancel'
  | 'get'
  | 'close'
  | 'abandon';

/** Whoever opens channels. */
export interface ChannelOpener {
  /**
   * @param channelNumber - null or 0 for one that is free
   * @param isLasting - false: once it was open it never comes back, whatever the connection does
   * @throws {ConnectionWrongStateError | NoFreeChannels | InvalidChannelNumber}
   */
  openChannel(
    channelNumber: number | null,
    events: ChannelEvents,
    options?: CallOptions,
    isLasting?: boolean,
  ): ChannelWire;
}
