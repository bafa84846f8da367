import { watchDeliveries, watchLoginAttempts } from '../../../admin/watch-feeds.js';
import { runPeriodically } from '../../../run-periodically.js';
import { isFreshSignIn } from '../../../sessions/fresh-sign-in.js';
import { verifyBearer } from '../../../sessions/verify-bearer.js';
import { findViewer } from '../../../sessions/viewer.js';
import { isAdmin } from '../../../users/is-admin.js';
import { builder } from '../../builder.js';
import { viewerOf } from '../../auth/caller.js';
import type { GraphqlContext } from '../../context.js';
import { AdminLoginAttemptType } from './login-attempts.js';
import { SmsLogEntryType } from './sms-log.js';

const LIVE =
  'read once a second, at most the newest 200 at a time. Opening the feed adds an entry to the audit log. The feed ends when the session ends or becomes too old, or when the user is no longer an admin. For admins; other users get FORBIDDEN.';

builder.subscriptionField('loginAttemptFeed', (t) =>
  t.field({
    type: AdminLoginAttemptType,
    auth: 'admin',
    description: `Every change of a login attempt, ${LIVE}`,
    subscribe: async (_, _args, context) =>
      whileAdmin(context, (actor) => watchLoginAttempts({ actor }, context.admin)),
    resolve: (attempt) => attempt,
  }),
);

builder.subscriptionField('deliveryFeed', (t) =>
  t.field({
    type: SmsLogEntryType,
    auth: 'admin',
    description: `Every change of a message in the SMS log, ${LIVE}`,
    subscribe: async (_, _args, context) => whileAdmin(context, (actor) => watchDeliveries({ actor }, context.admin)),
    resolve: (delivery) => delivery,
  }),
);

/** How often the gateway checks that the viewer of a feed is still an admin. */
const RECHECK_MS = 1_000;

/**
 * Streams until the viewer signs out, is no longer an admin, or would have to sign in again for another request. The end of a session closes a WebSocket but not an event
 * stream, and a change of the role closes neither.
 */
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
    RECHECK_MS,
    async () => {
      // Checks the token too: the key that signed it may have been deleted.
      const claims = await verifyBearer({ bearer: context.bearer, kinds: ['gateway'] }, sessions);
      const inTime = claims !== undefined && claims.expiresAt.getTime() > Date.now();
      const viewer = inTime ? await findViewer({ sessionId }, sessions) : undefined;
      const { adminMinutes } = sessions.config.sessions;
      if (!viewer || !isAdmin(viewer.user, users) || !isFreshSignIn(viewer, adminMinutes)) void end();
    },
    () => {}, // without the database the feed shows nothing either
  );
  checking.poke(); // the viewer may have lost the role since the first check
  rows.return = end;
  return rows;
}
