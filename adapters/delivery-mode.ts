/** Values of the property `deliveryMode`: a persistent message in a durable queue outlives the broker's restart. */
export const DeliveryMode = { Transient: 1, Persistent: 2 } as const;
export type DeliveryMode = (typeof DeliveryMode)[keyof typeof DeliveryMode];
