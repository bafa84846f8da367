/** What the reference says about an event that is logged. */
export interface LogEvent {
  level: 'debug' | 'info' | 'warn' | 'error';
  /** The log on standard output, the audit log in the database, or both. */
  keptIn: 'log' | 'audit log' | 'both';
  meaning: string;
  /** Worth an alert. */
  alert?: true;
}

const log = (level: LogEvent['level'], meaning: string): LogEvent => ({ level, keptIn: 'log', meaning });
const both = (level: LogEvent['level'], meaning: string): LogEvent => ({ level, keptIn: 'both', meaning });
const auditOnly = (meaning: string): LogEvent => ({ level: 'info', keptIn: 'audit log', meaning });
const alert = (event: LogEvent): LogEvent => ({ ...event, alert: true });

/**
 * Every event of the log and of the audit log, for docs/reference/log-events.md. `npm run docs:reference` prints it; a test finds the
 * events in the sources and demands an entry for each.
 */
export const LOG_EVENTS: Record<string, Record<string, LogEvent>> = {
  Codes: {
    'otp.requested': both('info', 'A client asked for a code.'),
    'otp.resend_requested': both('info', 'A client asked for the same code again.'),
    'otp.sent': both(
      'info',
      'A channel accepted the code. With `failure`, the channel did not answer and may have sent it.',
    ),
    'otp.decoy': both(
      'info',
      'The gateway sent nothing, because sign-up is closed and the phone is unknown. The client got the same answer as for a real send.',
    ),
    'otp.test_phone': both('info', 'The gateway sent nothing, because the phone is a test phone with a fixed code.'),
    'otp.send_failed': both(
      'warn',
      'A channel refused the code. `failure` and `detail` say why. A refused template is named, with the `page` on which you create it.',
    ),
    'otp.request_repeated': log(
      'info',
      'A client repeated a request for a code with the same idempotency key, such as after a lost answer. No message was sent.',
    ),
    'otp.verified': both('info', 'A client submitted the right code, and the gateway opened a session.'),
    'otp.incorrect': both('info', 'A client submitted a wrong code. `triesLeft` is the number of tries left.'),
    'otp.refused': both(
      'info',
      'The gateway refused a code without a check. `reason` is `network_guessed_too_often` if too many wrong codes came from the network of the client, and `spray` while `guard.spray` lasts.',
    ),
    'guard.spray': alert(
      both(
        'warn',
        'Somebody tries codes of many phones: more than half of the codes of the last minutes were wrong. Logged once for each attack, by one instance.',
      ),
    ),
    'guard.alarm_failed': log(
      'warn',
      'The gateway could not record an alarm of the guard, so the alarm is missing in the log. `rule` names it.',
    ),
    'guard.verified_codes_lost': log(
      'warn',
      'The gateway could not count some right codes, so it may refuse codes of a large network earlier.',
    ),
  },
  Delivery: {
    'delivery.receipt': both('info', 'The delivery status of a message changed.'),
    'delivery.failover': both('warn', 'A message did not arrive, so the next channel sends the code.'),
    'delivery.failover_failed': log('warn', 'The remaining channels refused the code too. The attempt stays open.'),
    'delivery.round_failed': alert(
      log(
        'warn',
        'A periodic task failed: failovers, polls of a provider, or decoys. In most cases the database is unavailable. The gateway repeats the task.',
      ),
    ),
  },
  Channels: {
    'channel.down': alert(
      log(
        'error',
        'The gateway skips the channel for a while. `reason` is `account` (a minute) or `service` (ten seconds).',
      ),
    ),
    'channel.up': log('info', 'The channel works again.'),
    'channel.bug': alert(log('error', 'The program code of a channel threw an error. This is a bug of the gateway.')),
    'green_api.state': alert(
      log(
        'error',
        'The state of the Green API instance changed. If the new state is `authorized`, the level is `info`.',
      ),
    ),
    'green_api.state_unknown': log('warn', 'Green API does not report the state of the instance.'),
    'green_api.other_number': alert(
      log('error', '`WHATSAPP_NUMBER` is not the number of the Green API account: users write to another number.'),
    ),
    'whatsapp_cloud.other_number': alert(
      log(
        'error',
        '`WHATSAPP_NUMBER` is not the number of `WHATSAPP_CLOUD_PHONE_NUMBER_ID`: users write to another number.',
      ),
    ),
    'green_api.quota_exceeded': alert(log('error', 'The plan of the Green API instance is used up.')),
  },
  Captcha: {
    'captcha.service_down': alert(
      log(
        'warn',
        'Turnstile or hCaptcha does not answer, or refuses CAPTCHA_SECRET. Clients get the captcha of altcha instead. `reason` says why.',
      ),
    ),
    'captcha.service_up': log('info', 'Turnstile or hCaptcha answers again.'),
  },
  WhatsApp: {
    'whatsapp.started': log('info', 'A client started a WhatsApp login. The audit log begins with its proof.'),
    'whatsapp.starts_flooded': alert(
      both(
        'warn',
        'Far more WhatsApp logins are started than usual, of all clients in a minute. Logged once for each flood, by one instance.',
      ),
    ),
    'whatsapp.completed': both('info', 'The login message arrived, and the attempt is completed.'),
    'whatsapp.confirming': both(
      'info',
      'The login message arrived, and the gateway asked the user to send back the number on the screen.',
    ),
    'whatsapp.confirmation': both('info', 'The user sent back a number. `status` is the new status of the attempt.'),
    'whatsapp.confirmation_ambiguous': alert(
      both(
        'warn',
        'The user sent back a number that two attempts of the phone have shown, so the gateway confirmed neither and canceled what waited.',
      ),
    ),
    'whatsapp.denied': alert(both('warn', 'The user answered `NO`: another person tried to sign in with this phone.')),
    'whatsapp.sender_unresolved': log(
      'warn',
      'WhatsApp hides the phone of a sender, so the attempt failed with `PHONE_HIDDEN`.',
    ),
    'whatsapp.lid_lookup_failed': log('warn', 'The gateway could not look up the phone of a hidden WhatsApp id.'),
    'whatsapp.reply_failed': log('warn', 'Green API refused a reply to a user, or the database was unavailable.'),
    'console.whatsapp': log(
      'info',
      'Development only: the reply that the gateway would send by WhatsApp. It is logged if there is no Green API account.',
    ),
    'console.message': log('info', 'Development only: a code, with the whole number.'),
  },
  Notifications: {
    'notification.sent': both(
      'info',
      'A channel accepted a notification, such as the message that a phone was changed.',
    ),
    'notification.send_failed': both('warn', 'A channel refused a notification.'),
    'notification.failed': both(
      'warn',
      'All channels refused a notification, or no configured channel carries notifications.',
    ),
    'notification.round_failed': log(
      'warn',
      'The gateway could not read which notifications are due. In most cases the database is unavailable. It tries again every second.',
    ),
  },
  'Every sign-in': {
    'login.claimed': both('info', 'A client exchanged a completed attempt for a session.'),
    'login.claim_repeated': log(
      'info',
      'A client repeated the claim, such as after a lost answer, and got the same session.',
    ),
    'login.confirmation_required': both(
      'info',
      'The code is right, and the role of the user needs a second step. With `needsApproval`, only an admin or an operator can do it.',
    ),
    'login.approved': both('info', 'An admin or an operator approved the sign-in of a user. `actor` names them.'),
    'login.canceled': both(
      'info',
      'A client canceled an attempt. A WhatsApp login without a login message is in the log only. In the audit log also with `reason` `too_many_confirming`: two newer sign-ins of the phone wait for their second step.',
    ),
    'login.failed': both('info', 'An attempt failed. `reason` is the `failureReason` of the API.'),
  },
  'Authorization codes': {
    'authorization_code.created': both('info', 'The login page created a one-time code for an application.'),
    'authorization_code.exchanged': both('info', 'An application exchanged its code for a session.'),
    'authorization_code.replayed': alert(
      both(
        'warn',
        'An application sent a code a second time, so the gateway ended the session that the code had opened.',
      ),
    ),
  },
  Sessions: {
    'session.refreshed': log('info', 'A refresh token was exchanged for the next one.'),
    'session.revoked': both(
      'info',
      'A session ended. `reason` is `signed_out`, `revoked`, `user_blocked`, `phone_changed`, `role_changed`, `handed_over`, `denied`, `authorization_code_replayed` or, in the audit log only, `too_many_sessions`.',
    ),
    'session.denied': alert(
      both(
        'warn',
        'The user replied `NO` to the message about a new device, so the gateway ended that sign-in and later ones: another person signed in with this phone. `phoneChange` is `undone` if they had changed the phone of the account, or `blocked` if the old phone belongs to another user by now; then the gateway blocked the user.',
      ),
    ),
    'session.theft': alert(
      both('warn', 'A client sent a used refresh token again, so the gateway ended the session everywhere.'),
    ),
    'session.token_forged': alert(
      both(
        'warn',
        'A client sent a refresh token that only somebody who knows `GATEWAY_SECRET` can make, but that its session never had. The gateway refused it.',
      ),
    ),
    'session.revocations_read_failed': log(
      'warn',
      'The database is unavailable, so this instance does not learn which sessions other instances ended.',
    ),
    'auth.storage_unavailable': log(
      'error',
      'The database was unavailable when `/auth/verify` needed it. The answer was 503.',
    ),
  },
  Users: {
    'user.added': auditOnly('An admin, an operator or an import added a user.'),
    'user.updated': auditOnly('A user changed their profile, or an admin changed it.'),
    'user.role_set': auditOnly('A user got another role.'),
    'user.blocked': auditOnly('A user was blocked.'),
    'user.unblocked': auditOnly('A user was unblocked.'),
    'user.exported': both('info', 'A user requested their data as a file.'),
    'user.erased': both(
      'info',
      'A user was erased. `actor` is the user, an admin or `operator`. With `blockKept`, the phone of a blocked user stays.',
    ),
    'user.phone_released': both(
      'info',
      'A phone was recycled: a new user (`newUserId`) got the phone of a user who has not signed in for 90 days (`RECYCLED_PHONES=new-account`).',
    ),
    'user.phone_changed': both('info', 'A user, an admin or an operator changed the phone number of a user.'),
    'user.phone_normalized': both('info', 'A phone in the table was not in E.164, and the gateway corrected it.'),
    'users.imported': auditOnly('An import of users ended.'),
    'phone.limits_reset': auditOnly('An admin reset the limits of a phone.'),
  },
  'Admins and operators': {
    'admin.read': auditOnly('An admin read user data. `what` names it.'),
    'template.created': auditOnly('An admin created a draft of a template.'),
    'template.edited': auditOnly('An admin edited a template.'),
    'template.activated': auditOnly('An admin activated a template.'),
    'keys.rotated': auditOnly('An operator rotated the signing keys.'),
    'keys.read_failed': alert(
      log('error', 'This instance cannot read the signing keys, so it does not learn of new keys.'),
    ),
    'admin.read_timed_out': log(
      'warn',
      'A read of the admin API took too long, or waited too long for others. The admin got `READ_TIMED_OUT`.',
    ),
    'feed.read_failed': log('warn', 'The gateway cannot read a live feed of the admin API for now.'),
  },
  'The audit log': {
    'audit.delayed': log('warn', 'The database is unavailable. The gateway keeps audit entries in memory.'),
    'audit.lost': alert(
      log('error', 'The database was unavailable for too long, and audit entries were lost. `events` is their number.'),
    ),
    'audit.bug': alert(log('error', 'PostgreSQL refuses an audit entry. This is a bug of the gateway.')),
  },
  Webhooks: {
    'webhook.ignored': log('info', 'A webhook had no effect. `reason` says why. The answer was 200.'),
    'webhook.guessing': alert(
      both(
        'warn',
        'Somebody tries tokens of a webhook: one network, or all together, sent too many wrong ones in a minute. Logged at most once a minute. From now on a wrong token gets its 401 late, or its connection is closed, and it gets no line of its own.',
      ),
    ),
    'webhook.refused': alert(log('warn', 'A webhook had a wrong token. The answer was 401.')),
    'webhook.storage_unavailable': log(
      'error',
      'The database was unavailable when a webhook arrived. The answer was 503, and the provider repeats the webhook.',
    ),
    'webhook.bug': alert(
      log(
        'error',
        'A webhook failed because of a bug of the gateway. The answer was 200, so that the provider does not hold back other messages.',
      ),
    ),
  },
  'The guard': {
    'guard.blocked': alert(
      log(
        'warn',
        'A budget is spent, so the guard did not send a message. The client got the same answer as for a real send. `rule` and `subject` name the budget. The first block of an attack is a warning, on one instance; further ones have the level `debug`. For blocks and ranges of numbers, at most 100 warn at the same time.',
      ),
    ),
    'guard.network_spent': alert(
      both(
        'warn',
        'A network has caused too many messages, or left too many codes unused, so its requests are refused. `rule` is `address`, `network` or `site`, and `ip` the client that was refused. Logged once for each network and attack, by one instance, for at most 100 networks at a time.',
      ),
    ),
    'guard.refused': log(
      'info',
      'The guard refused a request, or asked for a captcha (`action`). `rule` names the limit. Logged at most once a minute for each rule and network; `notLogged` is the number of refusals before it that were not. Every one is a guard event.',
    ),
    'guard.events_delayed': log('warn', 'The database is unavailable. The gateway keeps guard events in memory.'),
    'guard.events_lost': alert(log('error', 'Guard events were lost. `events` is their number, and `error` says why.')),
    'guard.settle_failed': log(
      'warn',
      'Used codes could not be counted as used in the shared budgets. Their messages count as unused until the day is over.',
    ),
  },
  'The process': {
    'config.env_file_loaded': log(
      'info',
      'The gateway added the variables of a `.env` file to its environment. `path` names the file.',
    ),
    'proxy.undeclared': alert(
      both(
        'error',
        'A proxy forwards requests to the gateway, but `TRUSTED_PROXY_HOPS` is 0. So every user has the IP address of the proxy, and all users share its limits. Logged once for each start of the gateway.',
      ),
    ),
    'config.warning': log('warn', 'A setting works, but probably not as you intend.'),
    'clock.skewed': alert(
      log(
        'error',
        'The clock of this machine differs from the one of the database. `secondsAhead` is by how much, negative if it is behind. Other instances and backends refuse its access tokens.',
      ),
    ),
    'clock.synchronized': log('info', 'The clock of this machine and the one of the database agree again.'),
    'log.lines_dropped': log(
      'warn',
      'Nobody read the log for so long that the gateway dropped `lines` lines: the reader of standard output had stopped.',
    ),
    'database.migrated': log('info', 'The gateway applied migrations at start.'),
    'database.connection_lost': log(
      'warn',
      'A connection to PostgreSQL broke. The gateway opens a new one when it needs it.',
    ),
    'database.state_changed': log(
      'warn',
      'A request for `/health/ready` found the database in another state: `to` is `up`, `read-only` (a standby, or `default_transaction_read_only`), `full` (its disk) or `down`. Only `up` is ready.',
    ),
    'database.waiting_for_migration': log(
      'warn',
      'The start waits until another instance has migrated the database. `pid` and `application` name its connection, as in `pg_stat_activity`. It waits as long as needed; a signal ends the wait.',
    ),
    'database.waiting_for_lock': log(
      'warn',
      'A migration of the start waits for a lock. `pid` and `application` name the connection whose transaction uses `table`, as in `pg_stat_activity`; without `table`, the migration waits for the end of that transaction. It waits as long as needed; a signal cancels the migration, and the next start applies it.',
    ),
    'database.pooled': log('info', 'A pooler is in front of the database, so the gateway prepares no statements.'),
    'database.no_statement_timeout': log(
      'warn',
      'Connections to PostgreSQL have no statement timeout, or one that is too long: a pooler dropped or refused it. `timeoutMs` is what they have, 0 for none.',
    ),
    'database.invalid_index': log(
      'warn',
      'PostgreSQL does not use these `indexes`, because their creation was interrupted. `repair` has the statements that build them again.',
    ),
    'redis.connected': log('info', 'Redis returns what this instance publishes.'),
    'redis.disconnected': alert(
      log(
        'warn',
        'Redis does not return what this instance publishes, at the start or any more. Until it does, the instance reads the database every two seconds. `reason` is an error code. A new reason is logged at most once a minute.',
      ),
    ),
    'redis.instance_silent': log(
      'warn',
      'This many other `instances` have stopped to publish to Redis without saying so. Until they are back, for at most an hour, the instance reads the database every two seconds. Logged at most once a minute.',
    ),
    'statistics.count_failed': log(
      'warn',
      'The gateway could not count the messages of past hours. It tries again in five minutes. Reports are right, but slower.',
    ),
    'partitions.create_failed': log(
      'warn',
      'The gateway could not create the next partitions of the audit log and of the guard events. It tries again in a minute. Rows without a partition go to the default partition.',
    ),
    'partitions.blocked': log(
      'warn',
      'The present or one of the next two months of `table` (weeks of the guard events) gets no partition, because the default partition has its rows or is larger than 16 MB: `defaultMegabytes`. Its rows go there too, and are deleted one by one. It is logged once.',
    ),
    'cleanup.failed': log('warn', 'The gateway could not delete old rows. It tries again at the next cleanup.'),
    'websocket.refused': log(
      'warn',
      'The gateway refused a WebSocket: the client IP address has too many open, opens them too often, or the instance is full.',
    ),
    'websocket.flood': log('warn', 'A WebSocket client sent messages faster than the gateway handles them.'),
    'websocket.message_failed': log(
      'warn',
      'The gateway could not handle a message of a WebSocket client, and closed the socket with `code`.',
    ),
    'websocket.error': log('debug', 'A WebSocket broke.'),
    'graphql.storage_unavailable': log(
      'error',
      'The database was unavailable during a GraphQL request. The answer was `UNAVAILABLE`.',
    ),
    'graphql.field_refused': log(
      'warn',
      'An argument of a client, or an answer of the gateway, did not fit the schema.',
    ),
    'graphql.bug': alert(
      log('error', 'A GraphQL request failed because of a bug of the gateway. `path` names the field.'),
    ),
    'http.connection_refused': log(
      'warn',
      'The gateway closed a new connection: the client IP address has too many open, or the instance is full. `reason` says which.',
    ),
    'http.bug': alert(log('error', 'A route failed because of a bug of the gateway. `path` names the route.')),
  },
};
