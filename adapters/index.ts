import { PLACEHOLDER as A } from '../amqp/index.ts';
import { PLACEHOLDER as B } from '../ioloop/index.ts';
export const BOTH: number = A + B;
