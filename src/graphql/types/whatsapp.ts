import { type WhatsAppLogin, startWhatsAppLogin } from '../../login/whatsapp/start.js';
import { builder } from '../builder.js';
import { clientOf } from '../context.js';
import { orFailure, resultUnion } from '../result-union.js';
import { CAPTCHA } from './captcha.js';
import { ATTEMPT_SECRET } from './login-attempt.js';

const StartWhatsAppLoginInput = builder.inputType('StartWhatsAppLoginInput', {
  description: 'Options of the login.',
  fields: (t) => ({
    locale: t.string({
      description:
        'Language of the gateway’s WhatsApp messages and of errors: en, ru, kk, ky or fa. Default: from Accept-Language.',
    }),
    captcha: t.string({ description: CAPTCHA }),
  }),
});

const WhatsAppLoginType = builder.objectRef<WhatsAppLogin>('WhatsAppLogin').implement({
  description:
    'A login attempt that waits for a WhatsApp message. Show qrPayload as a QR code (on a phone, as a link) and watch loginAttemptStatus.',
  fields: (t) => ({
    attemptId: t.exposeID('attemptId', { description: 'UUID of the new attempt. Public: the QR code contains it.' }),
    secret: t.exposeString('secret', { description: ATTEMPT_SECRET }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When the attempt expires.' }),
    loginMessage: t.exposeString('loginMessage', { description: 'Text that the user must send, unchanged.' }),
    qrPayload: t.exposeString('qrPayload', {
      description:
        'Content of the QR code: a wa.me link with the message filled in, or only the message when the gateway’s WhatsApp number is not configured.',
    }),
  }),
});

const StartWhatsAppLoginResult = resultUnion({
  name: 'StartWhatsAppLoginResult',
  description: 'The new login attempt, or why none was started.',
  success: WhatsAppLoginType,
  failures: ['RATE_LIMITED', 'CAPTCHA_REQUIRED', 'METHOD_UNAVAILABLE'],
});

builder.mutationField('startWhatsAppLogin', (t) =>
  t.field({
    type: StartWhatsAppLoginResult,
    auth: 'public',
    description:
      'Starts a login in which the user sends a pre-filled WhatsApp message. Then watch loginAttemptStatus until the status COMPLETED, and call claimLogin. Returns MethodUnavailable when no WhatsApp account is configured. Returns RateLimited when the network of the client has started too many logins without completing them: see the limits in the documentation. Returns CaptchaRequired when the client must solve a captcha first, such as while all clients together start far more logins than usual.',
    args: { input: t.arg({ type: StartWhatsAppLoginInput, description: 'Options of the login.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, input?.locale, () =>
        startWhatsAppLogin({ client: clientOf(context, input?.locale), captcha: input?.captcha }, context.login),
      ),
  }),
);
