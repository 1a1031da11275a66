/** The exchange types that every broker has. A string will do wherever one is asked for, for those of plugins. */
export const ExchangeType = { direct: 'direct', fanout: 'fanout', headers: 'headers', topic: 'topic' } as const;
export type ExchangeType = (typeof ExchangeType)[keyof typeof ExchangeType];
