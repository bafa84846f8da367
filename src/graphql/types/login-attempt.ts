import { publicChannel, publicChannels } from '../../delivery/channels/channel-list.js';
import type { Delivery, LoginAttempt } from '../../login/attempts/attempt.js';
import { readAttempt } from '../../login/attempts/read-attempt.js';
import { watchAttempt } from '../../login/attempts/watch-attempt.js';
import { builder } from '../builder.js';
import {
  CodeDeliveryStatusEnum,
  DeliveryChannelEnum,
  FailureReasonEnum,
  LoginAttemptStatusEnum,
  LoginMethodEnum,
} from './enums.js';

/** Description of the secret, for every type that returns it. */
export const ATTEMPT_SECRET =
  'Secret that proves that this client started the attempt, 43 characters. It is returned once. Keep it until you have the session, and never put it in a URL.';

const DeliveryType = builder.objectRef<Delivery>('Delivery').implement({
  description:
    'The latest message with the code. If the message does not arrive, the gateway sends the same code by the next channel.',
  fields: (t) => ({
    channel: t.field({
      type: DeliveryChannelEnum,
      description: 'Channel that the message was sent by.',
      resolve: ({ channel }) => publicChannel(channel),
    }),
    status: t.expose('status', { type: CodeDeliveryStatusEnum, description: 'How far the message has come.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When the attempt was created.',
      deprecationReason: 'The time of a status would tell when the phone was in use.',
    }),
    previousChannels: t.field({
      type: [DeliveryChannelEnum],
      description:
        'Channels that were tried before and did not deliver the code, in order. Use them for texts such as “WhatsApp did not arrive; sent by SMS”. A channel that the user replaced by a resend is not included.',
      resolve: ({ previousChannels }) => publicChannels(previousChannels),
    }),
  }),
});

export const LoginAttemptType = builder.objectRef<LoginAttempt>('LoginAttempt').implement({
  description:
    'One attempt to sign in. Its id is public: the QR code contains it. Its secret is needed to read or use it.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'UUID of the attempt.' }),
    method: t.expose('method', { type: LoginMethodEnum, description: 'How the phone is proven.' }),
    status: t.expose('status', { type: LoginAttemptStatusEnum, description: 'How far the attempt has come.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When the attempt expires.' }),
    confirmationNumber: t.exposeString('confirmationNumber', {
      nullable: true,
      description:
        'Two digits to show in large type. The user sends them back by WhatsApp. Null unless the status is CONFIRMING. Null in that status too when only an admin or an operator can approve the sign-in.',
    }),
    confirmationTriesLeft: t.exposeInt('confirmationTriesLeft', {
      nullable: true,
      description:
        'Number of answers that the user may still send by WhatsApp after a wrong number. If it is not null, tell the user that the number did not match. Null until a wrong number arrives, and unless the status is CONFIRMING.',
    }),
    delivery: t.expose('delivery', {
      type: DeliveryType,
      nullable: true,
      description: 'The latest message with the code; null for the method WHATSAPP, and when the attempt is over.',
    }),
    failureReason: t.expose('failureReason', {
      type: FailureReasonEnum,
      nullable: true,
      description: 'Why the attempt failed; null unless the status is FAILED.',
    }),
  }),
});

builder.queryField('loginAttempt', (t) =>
  t.field({
    type: LoginAttemptType,
    auth: 'public',
    nullable: true,
    description:
      'The current state of an attempt, for clients that cannot keep a connection open. Null when no attempt has this id and secret.',
    args: {
      attemptId: t.arg.id({ required: true, description: 'UUID of the attempt.' }),
      secret: t.arg.string({ required: true, description: 'Secret of the attempt.' }),
    },
    resolve: async (_, args, context) => (await readAttempt(args, context.login)) ?? null,
  }),
);

builder.subscriptionField('loginAttemptStatus', (t) =>
  t.field({
    type: LoginAttemptType,
    auth: 'public',
    description:
      'Sends the current state of an attempt at once, then every change. Ends after the status COMPLETED, CLAIMED, EXPIRED, CANCELED or FAILED. Fails with the error code ATTEMPT_NOT_FOUND when no attempt has this id and secret, and with ALREADY_WATCHED when this connection watches the attempt already.',
    args: {
      attemptId: t.arg.id({ required: true, description: 'UUID of the attempt.' }),
      secret: t.arg.string({ required: true, description: 'Secret of the attempt.' }),
    },
    // A new object, because a waiting subscription keeps its input and the `args` of graphql take more memory.
    subscribe: (_, { attemptId, secret }, { client, login }) =>
      watchAttempt({ attemptId, secret, connection: client, ip: client.ip }, login),
    resolve: (attempt) => attempt,
  }),
);
