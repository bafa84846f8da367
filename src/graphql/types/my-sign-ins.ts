import { type SignIn, type SignInOutcome, listSignIns } from '../../login/attempts/list-sign-ins.js';
import { builder } from '../builder.js';
import { viewerOf } from '../auth/caller.js';
import { ownId } from '../own-ids.js';
import { pageOfIds } from './admin/page.js';
import { FailureReasonEnum, LoginMethodEnum } from './enums.js';

const SignInOutcomeEnum = builder.enumType('SignInOutcome', {
  description: 'How an attempt to sign in to an account ended.',
  values: {
    SIGNED_IN: { description: 'The user signed in, and the session is open.' },
    ENDED: { description: 'The user signed in, and the session has ended since.' },
    REFUSED: {
      description:
        'Wrong codes were submitted, the attempt failed (see failureReason), or the user answered NO by WhatsApp.',
    },
    UNFINISHED: { description: 'The phone was not proven: the attempt was canceled, has expired or is still open.' },
  } satisfies Record<SignInOutcome, object>,
});

const SignInType = builder.objectRef<SignIn>('SignIn').implement({
  description: 'An attempt to sign in to the account of the user, by the user or by somebody else.',
  fields: (t) => ({
    id: t.id({
      description: 'ID of this view of the attempt, for caches: SignIn:, then the UUID of the attempt.',
      resolve: ({ id }) => ownId('SignIn', id),
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When the attempt was started.' }),
    method: t.expose('method', { type: LoginMethodEnum, description: 'How the phone is proven.' }),
    outcome: t.expose('outcome', { type: SignInOutcomeEnum, description: 'How the attempt ended.' }),
    failureReason: t.expose('failureReason', {
      type: FailureReasonEnum,
      nullable: true,
      description: 'Why the attempt failed; null if it did not.',
    }),
    failedTries: t.exposeInt('failedTries', { description: 'Number of wrong codes that were submitted.' }),
    device: t.exposeString('device', {
      description:
        'Browser and operating system, from the User-Agent header, such as "Chrome, Android". "?" when they are unknown.',
    }),
    ipAddress: t.exposeString('ipAddress', {
      nullable: true,
      description:
        'IP address of the client. If the attempt did not prove the phone, only the network (203.0.113.0/24, 2001:db8:12::/48), because the client may be a stranger who mistyped a number. Null when it is unknown.',
    }),
    location: t.exposeString('location', {
      nullable: true,
      description:
        'Location of the client, from the request header that CLIENT_LOCATION_HEADER names; null when no proxy sets it.',
    }),
    sessionId: t.exposeID('sessionId', {
      nullable: true,
      description: 'UUID of the session, for revokeSession; null unless the outcome is SIGNED_IN.',
    }),
  }),
});

builder.queryField('mySignIns', (t) =>
  t.connection(
    {
      type: SignInType,
      auth: 'gateway',
      description:
        'The attempts to sign in to the account of the user who is signed in, newest first, also those that were refused. They are kept for HISTORY_RETENTION_DAYS (90 days by default). Fails with the error code UNAUTHENTICATED without a valid token.',
      resolve: async (_, args, context) => {
        const { user } = await viewerOf(context);
        return pageOfIds(args, (page) => listSignIns({ userId: user.id, page }, context.login));
      },
    },
    { name: 'SignInConnection', description: 'A page of attempts to sign in.' },
    { name: 'SignInEdge', description: 'An attempt to sign in, in a page.' },
  ),
);
