import { runPeriodically } from '../../../run-periodically.js';
import { builder } from '../../builder.js';
import { type GraphqlContext, claimsOf, viewerOf } from '../../context.js';
import { AdminLoginAttemptType } from './login-attempts.js';
import { SmsLogEntryType } from './sms-log.js';
import { watchDeliveries, watchLoginAttempts } from '../../../admin/watch-feeds.js';
import { findViewer } from '../../../sessions/viewer.js';
import { isAdmin } from '../../../users/is-admin.js';

const LIVE =
  'as it happens, looked at once a second; at most the newest 200. For admins; leaves an audit row. It ends with the session, and with the role.';

builder.subscriptionField('loginAttemptFeed', (t) =>
  t.field({
    type: AdminLoginAttemptType,
    authScopes: { admin: true },
    description: `Every change of a login attempt ${LIVE}`,
    subscribe: async (_, _args, context) =>
      whileAdmin(context, (actor) => watchLoginAttempts({ actor }, context.admin)),
    resolve: (attempt) => attempt,
  }),
);

builder.subscriptionField('deliveryFeed', (t) =>
  t.field({
    type: SmsLogEntryType,
    authScopes: { admin: true },
    description: `Every change of a message ${LIVE}`,
    subscribe: async (_, _args, context) => whileAdmin(context, (actor) => watchDeliveries({ actor }, context.admin)),
    resolve: (delivery) => delivery,
  }),
);

/** How often it is looked whether somebody who looks on is still an admin. */
const RE_CHECK_MS = 1_000;

/** A socket is closed when its session ends; a stream of events, and the view of somebody who is no admin any more, end by themselves. */
async function whileAdmin<Row>(
  context: GraphqlContext,
  watch: (actor: string) => Promise<AsyncIterableIterator<Row>>,
): Promise<AsyncIterableIterator<Row>> {
  const { sessions, users } = context;
  const { user, sessionId } = await viewerOf(context);
  const rows = await watch(user.id);
  const leave = rows.return?.bind(rows);

  async function end(): Promise<IteratorResult<Row>> {
    unsubscribe();
    void checking.stop();
    await leave?.();
    return { done: true, value: undefined };
  }
  const unsubscribe = sessions.revocations.onRevoked((id) => void (id === sessionId && end()));
  const checking = runPeriodically(
    RE_CHECK_MS,
    async () => {
      // The token too: the key that signed it may have been thrown away.
      const claims = await claimsOf(context);
      const inTime = claims !== undefined && claims.expiresAt.getTime() > Date.now();
      const viewer = inTime ? await findViewer({ sessionId }, sessions) : undefined;
      if (!viewer || !isAdmin(viewer.user, users)) void end();
    },
    () => {}, // while the database is away there is nothing to be seen either
  );
  checking.poke(); // also of what happened since the first look
  rows.return = end;
  return rows;
}
