import { runPeriodically } from '../../../run-periodically.js';
import { builder } from '../../builder.js';
import { type GraphqlContext, claimsOf, viewerOf } from '../../context.js';
import { AdminLoginAttemptType } from './login-attempts.js';
import { SmsLogEntryType } from './sms-log.js';

const LIVE =
  'as it happens, looked at once a second; at most the newest 200. For admins; leaves an audit row. It ends with the session, and with the role.';

builder.subscriptionField('loginAttemptFeed', (t) =>
  t.field({
    type: AdminLoginAttemptType,
    authScopes: { admin: true },
    description: `Every change of a login attempt ${LIVE}`,
    subscribe: async (_, _args, context) => whileAdmin(context, (by) => context.gateway.admin.watchAttempts(by)),
    resolve: (attempt) => attempt,
  }),
);

builder.subscriptionField('deliveryFeed', (t) =>
  t.field({
    type: SmsLogEntryType,
    authScopes: { admin: true },
    description: `Every change of a message ${LIVE}`,
    subscribe: async (_, _args, context) => whileAdmin(context, (by) => context.gateway.admin.watchDeliveries(by)),
    resolve: (delivery) => delivery,
  }),
);

/** How often it is looked whether somebody who looks on is still an admin. */
const RE_CHECK_MS = 1_000;

/** A socket is closed when its session ends; a stream of events, and the view of somebody who is no admin any more, end by themselves. */
async function whileAdmin<Row>(
  context: GraphqlContext,
  watch: (by: string) => Promise<AsyncIterableIterator<Row>>,
): Promise<AsyncIterableIterator<Row>> {
  const { gateway } = context;
  const { user, sessionId } = await viewerOf(context);
  const rows = await watch(user.id);
  const leave = rows.return?.bind(rows);

  async function end(): Promise<IteratorResult<Row>> {
    unsubscribe();
    void checking.stop();
    await leave?.();
    return { done: true, value: undefined };
  }
  const unsubscribe = gateway.onRevoked((id) => void (id === sessionId && end()));
  const checking = runPeriodically(
    RE_CHECK_MS,
    async () => {
      // The token too: the key that signed it may have been thrown away.
      const claims = await claimsOf(context);
      const inTime = claims !== undefined && claims.expiresAt.getTime() > Date.now();
      const viewer = inTime ? await gateway.findViewer(sessionId) : undefined;
      if (!viewer || !gateway.isAdmin(viewer.user)) void end();
    },
    () => {}, // while the database is away there is nothing to be seen either
  );
  checking.poke(); // also of what happened since the first look
  rows.return = end;
  return rows;
}
