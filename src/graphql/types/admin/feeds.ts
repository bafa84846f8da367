import { builder } from '../../builder.js';
import { type GraphqlContext, viewerOf } from '../../context.js';
import { AdminLoginAttemptType } from './login-attempts.js';
import { SmsLogEntryType } from './sms-log.js';

const LIVE =
  'as it happens, looked at once a second; at most the newest 200. For admins; leaves an audit row. It ends with the session.';

builder.subscriptionField('loginAttemptFeed', (t) =>
  t.field({
    type: AdminLoginAttemptType,
    authScopes: { admin: true },
    description: `Every change of a login attempt ${LIVE}`,
    subscribe: async (_, _args, context) => whileSignedIn(context, (by) => context.gateway.admin.watchAttempts(by)),
    resolve: (attempt) => attempt,
  }),
);

builder.subscriptionField('deliveryFeed', (t) =>
  t.field({
    type: SmsLogEntryType,
    authScopes: { admin: true },
    description: `Every change of a message ${LIVE}`,
    subscribe: async (_, _args, context) => whileSignedIn(context, (by) => context.gateway.admin.watchDeliveries(by)),
    resolve: (delivery) => delivery,
  }),
);

/** A socket is closed when its session ends; a stream of events has to be ended by itself. */
async function whileSignedIn<Row>(
  context: GraphqlContext,
  watch: (by: string) => Promise<AsyncIterableIterator<Row>>,
): Promise<AsyncIterableIterator<Row>> {
  const { user, sessionId, until } = await viewerOf(context);
  const rows = await watch(user.id);
  const leave = rows.return?.bind(rows);
  const end = () => {
    unlisten();
    clearTimeout(timer);
    return leave?.() ?? Promise.resolve({ done: true as const, value: undefined });
  };
  const unlisten = context.gateway.onRevoked((id) => void (id === sessionId && end()));
  const timer = setTimeout(() => void end(), until.getTime() - Date.now());
  rows.return = end;
  return rows;
}
