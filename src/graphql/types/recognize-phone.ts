import { type RecognizedPhone, recognizePhone } from '../../phone/recognize-phone.js';
import { builder } from '../builder.js';

const RecognizedPhoneType = builder.objectRef<RecognizedPhone>('RecognizedPhone').implement({
  description: 'What the gateway recognizes in a phone number while the user types it.',
  fields: (t) => ({
    country: t.exposeString('country', {
      nullable: true,
      description:
        'Country of the number, two letters (ISO 3166-1). Null while several countries share its prefix, and for numbers that belong to no country.',
    }),
    international: t.exposeString('international', {
      description: 'The number so far in international format with spaces: "+7 701 000 0002".',
    }),
    complete: t.exposeBoolean('complete', {
      description:
        'Whether the number is complete and can receive messages. requestOtp accepts it if its country is served.',
    }),
  }),
});

builder.queryField('recognizePhone', (t) =>
  t.field({
    type: RecognizedPhoneType,
    auth: 'public',
    nullable: true,
    description:
      'Parses a phone number as requestOtp does, so that you can format it while the user types. Sends nothing and looks up no user. Null for an incomplete national number, and for more than 40 characters.',
    args: {
      phone: t.arg.string({ required: true, description: 'The phone number as typed so far, in any spelling.' }),
    },
    resolve: (_, { phone }, context) => recognizePhone({ phone }, context.users),
  }),
);
