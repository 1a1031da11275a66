import type { CallFields } from './call-fields.ts';
import { checkCallback } from './callbacks.ts';
import { flag, integer, orNull, shortText, text, wrongType } from './field-checks.ts';

/** What the calls of a connection take: of `channel()`… */
export const OPEN_FIELDS: CallFields = {
  channelNumber: {
    // which numbers are good is for the connection to say: InvalidChannelNumber
    check: (value, field) =>
      value === null || typeof value === 'number' ? value : wrongType(field, 'a number', value),
    initial: null,
  },
};

/** …of `channel()` in promises… */
export const CHANNEL_FIELDS: CallFields = {
  ...OPEN_FIELDS,
  confirm: { check: flag, initial: false },
  prefetch: { check: orNull(integer(0, 0xffff)), initial: null },
  onReturn: {
    check: (value, field) => {
      if (value !== null) checkCallback(value, field);
      return value;
    },
    initial: null,
  },
};

/** …of `updateSecret()`… */
export const SECRET_FIELDS: CallFields = { newSecret: { check: text }, reason: { check: shortText } };

/** …and of `close()`. */
export const END_FIELDS: CallFields = {
  replyCode: { check: integer(0, 0xffff), initial: 200 },
  replyText: { check: shortText, initial: 'Normal shutdown' },
};
