import type { AMQPError, CallOptions, ChannelEvents, ChannelMachine } from '../amqp/index.ts';

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

/** What `publish` takes. */
export type PublishWords = Parameters<ChannelWire['publish']>;

/** What a channel's object hears: what one connection tells, and how it goes on with the next one. */
export interface WireEvents extends ChannelEvents {
  /** It was lost, after whoever waited for an answer was told, and is to come back; deliveries cannot be settled any more. */
  away?(error: AMQPError): void;
  /** It is as it was, and what was asked meanwhile is on its way. */
  back?(): void;
}

/** Whoever opens channels. */
export interface ChannelOpener {
  /**
   * @param channelNumber - null or 0 for one that is free
   * @param isLasting - false: once it was open it never comes back, whatever the connection does
   * @throws {ConnectionWrongStateError | NoFreeChannels | InvalidChannelNumber}
   */
  openChannel(
    channelNumber: number | null,
    events: WireEvents,
    options?: CallOptions,
    isLasting?: boolean,
  ): ChannelWire;
}
