import { type RecognizedPhone, recognizePhone } from '../../phone/recognize-phone.js';
import { builder } from '../builder.js';

const RecognizedPhoneType = builder.objectRef<RecognizedPhone>('RecognizedPhone').implement({
  description: 'What can be told of a phone while somebody types it.',
  fields: (t) => ({
    country: t.exposeString('country', {
      nullable: true,
      description:
        'Of the number: ISO 3166, two letters. None while several share its code, and where no country has it.',
    }),
    international: t.exposeString('international', {
      description: 'As people write it, as far as it goes: "+7 701 000 0002".',
    }),
    complete: t.exposeBoolean('complete', {
      description:
        'Whether it is a whole number that receives messages: what requestOtp takes, where its country is served.',
    }),
  }),
});

builder.queryField('recognizePhone', (t) =>
  t.field({
    type: RecognizedPhoneType,
    nullable: true,
    description:
      'Reads a phone as requestOtp does, to be shown while somebody types. Sends nothing and looks nobody up. Null where nothing can be told: a national number that is not whole yet, or more than 40 characters.',
    args: { phone: t.arg.string({ required: true, description: 'As typed so far, in any spelling.' }) },
    resolve: (_, { phone }, context) => recognizePhone({ phone }, context.users),
  }),
);
