import { type WhatsAppLogin, startWhatsAppLogin } from '../../login/whatsapp/start.js';
import { builder } from '../builder.js';
import { clientOf } from '../context.js';
import { MethodUnavailable, RateLimitedType, orFailure, resultUnion } from '../result.js';
import { ATTEMPT_SECRET } from './login-attempt.js';

const StartWhatsAppLoginInput = builder.inputType('StartWhatsAppLoginInput', {
  description: 'How to speak to the person.',
  fields: (t) => ({
    locale: t.string({ description: 'Language of our WhatsApp messages and of errors: en, ru, kk, ky, fa.' }),
  }),
});

const WhatsAppLoginType = builder.objectRef<WhatsAppLogin>('WhatsAppLogin').implement({
  description:
    'A login that waits for a WhatsApp message. Show the QR (or, on a phone, the link) and watch loginAttemptStatus.',
  fields: (t) => ({
    attemptId: t.exposeID('attemptId', { description: 'The attempt that was opened. Public: it stands in the QR.' }),
    secret: t.exposeString('secret', { description: ATTEMPT_SECRET }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'The message must arrive before then.' }),
    loginMessage: t.exposeString('loginMessage', { description: 'What the person sends, unchanged.' }),
    qrPayload: t.exposeString('qrPayload', {
      description:
        'What the QR holds: a wa.me link with the message filled in, or the message itself while our number is not known.',
    }),
  }),
});

const StartWhatsAppLoginResult = resultUnion(
  'StartWhatsAppLoginResult',
  'A login that waits, or why not.',
  WhatsAppLoginType,
  [RateLimitedType, MethodUnavailable],
);

builder.mutationField('startWhatsAppLogin', (t) =>
  t.field({
    type: StartWhatsAppLoginResult,
    description:
      'Starts a login in which the person sends a pre-filled WhatsApp message. Then watch loginAttemptStatus until COMPLETED, and claimLogin.',
    args: { input: t.arg({ type: StartWhatsAppLoginInput, description: 'How to speak to the person.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, input?.locale, () =>
        startWhatsAppLogin({ client: clientOf(context, input?.locale) }, context.login),
      ),
  }),
);
