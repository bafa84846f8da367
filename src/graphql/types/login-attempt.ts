import type { Delivery, LoginAttempt } from '../../login/attempts/attempt.js';
import { builder } from '../builder.js';
import {
  DeliveryChannelEnum,
  DeliveryStatusEnum,
  FailureReasonEnum,
  LoginAttemptStatusEnum,
  LoginMethodEnum,
} from './enums.js';
import { readAttempt } from '../../login/attempts/read-attempt.js';
import { watchAttempt } from '../../login/attempts/watch-attempt.js';

/** What every attempt's secret is for, wherever it is handed out. */
export const ATTEMPT_SECRET =
  'Shows that this client started the attempt. Keep it until the session is there; never put it in a URL.';

const DeliveryType = builder.objectRef<Delivery>('Delivery').implement({
  description:
    'The latest message that carries the code. When it does not arrive, the gateway goes on to the next channel by itself, with the same code.',
  fields: (t) => ({
    channel: t.expose('channel', { type: DeliveryChannelEnum, description: 'The way it went.' }),
    status: t.expose('status', { type: DeliveryStatusEnum, description: 'How far it has come.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When that was learnt.' }),
    previousChannels: t.expose('previousChannels', {
      type: [DeliveryChannelEnum],
      description:
        'Other ways that were tried before and did not do, in order: “WhatsApp did not arrive; sent by SMS”.',
    }),
  }),
});

export const LoginAttemptType = builder.objectRef<LoginAttempt>('LoginAttempt').implement({
  description:
    'One try to sign in. Its id is public (it stands in the QR); only its secret lets anybody see or use it.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'A UUID.' }),
    method: t.expose('method', { type: LoginMethodEnum, description: 'How the phone is proven.' }),
    status: t.expose('status', { type: LoginAttemptStatusEnum, description: 'Where it stands.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it ends by itself.' }),
    confirmationNumber: t.exposeString('confirmationNumber', {
      nullable: true,
      description: 'Two digits to show, large, while the status is CONFIRMING: the person sends them back by WhatsApp.',
    }),
    delivery: t.expose('delivery', {
      type: DeliveryType,
      nullable: true,
      description: 'The latest message with the code; none for WHATSAPP.',
    }),
    failureReason: t.expose('failureReason', {
      type: FailureReasonEnum,
      nullable: true,
      description: 'Why it FAILED.',
    }),
  }),
});

builder.queryField('loginAttempt', (t) =>
  t.field({
    type: LoginAttemptType,
    nullable: true,
    description:
      'The present state of an attempt; null when there is none with this id and secret. For clients that can hold no connection.',
    args: {
      attemptId: t.arg.id({ required: true, description: 'The attempt.' }),
      secret: t.arg.string({ required: true, description: 'Its secret.' }),
    },
    resolve: async (_, args, context) => (await readAttempt(args, context.login)) ?? null,
  }),
);

builder.subscriptionField('loginAttemptStatus', (t) =>
  t.field({
    type: LoginAttemptType,
    description:
      'The present state at once, then every change. It ends by itself after a state that only a new attempt or claimLogin leads on from (COMPLETED, CLAIMED, EXPIRED, CANCELED, FAILED). An error with the code ATTEMPT_NOT_FOUND when id and secret do not belong together.',
    args: {
      attemptId: t.arg.id({ required: true, description: 'The attempt.' }),
      secret: t.arg.string({ required: true, description: 'Its secret.' }),
    },
    subscribe: (_, args, context) => watchAttempt(args, context.login),
    resolve: (attempt) => attempt,
  }),
);
