import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { validate as isUuid } from 'uuid';
import { createAudit } from './events/audit.js';
import type { Config } from './config/config.js';
import { readOrCreateSecret } from './config/secret-file.js';
import { createKeyring } from './config/keys.js';
import { ADMIN_ROLE } from './config/names.js';
import { connectDatabase } from './db/database.js';
import { createChannels } from './delivery/channels/channels.js';
import { createGreenApi } from './delivery/channels/green-api/client.js';
import { createWebhookMonitor, createInstanceState } from './delivery/channels/green-api/instance-state.js';
import { GREEN_API_WEBHOOK } from './delivery/channels/green-api/settings.js';
import { rememberPhones } from './delivery/channels/green-api/remember-phones.js';
import { DomainError } from './domain-error.js';
import { createCodeSender } from './delivery/send/send-code.js';
import { createSendNotification } from './delivery/send/send-notification.js';
import { createOutbox, keepSent } from './delivery/send/outbox.js';
import { makeResilient } from './delivery/send/resilient-channel.js';
import { createFindTemplate } from './delivery/templates/template-cache.js';
import { createAdmin } from './admin/admin.js';
import { type Gateway, type GraphqlContext, claimsOf, readBearer } from './graphql/context.js';
import { createDocuments } from './graphql/documents.js';
import { createGraphqlHandler } from './graphql/http.js';
import { schema } from './graphql/schema.js';
import { createSubgraph } from './graphql/subgraph.js';
import { createGraphqlSocketServer } from './graphql/websocket/socket-server.js';
import { clientIp } from './guard/client-ip.js';
import { createOriginCheck } from './http/origins.js';
import { ASSETS, readPages } from './http/pages/pages.js';
import { respondJson } from './http/respond.js';
import { createDevPhone } from './http/pages/dev-phone.js';
import { createReadyRoute, live } from './http/routes/health.js';
import { KAVENEGAR_CALLBACK, createKavenegarCallback } from './http/routes/kavenegar-callback.js';
import { LOGIN_PAGE, createLoginPage } from './http/pages/login-page.js';
import { AUTH_VERIFY, createAuthVerifyRoute } from './http/routes/auth-verify.js';
import { createWebhookRoute } from './http/routes/green-api-webhook.js';
import type { RequestHandlers, Handler } from './http/server.js';
import { NO_COOKIES, createCookieJar } from './http/session-cookie.js';
import { createUpgrade } from './http/upgrade.js';
import { wishedLocale } from './locales/locale.js';
import type { Log } from './log.js';
import { createReadAttempt } from './login/attempts/read-attempt.js';
import { cancelLogin } from './login/cancel.js';
import { claimLogin } from './login/claim.js';
import { startDeliveryTracking } from './login/otp/track-delivery.js';
import { requestOtp } from './login/otp/request.js';
import { resendOtp } from './login/otp/resend.js';
import { confirmPhoneChange, requestPhoneChange } from './login/otp/change-phone.js';
import { verifyOtp } from './login/otp/verify.js';
import { startCleanup } from './maintenance/cleanup.js';
import { watchAttempt } from './login/attempts/watch-attempt.js';
import { receiveText } from './login/whatsapp/receive.js';
import { startWhatsAppLogin } from './login/whatsapp/start.js';
import { Deadlines } from './realtime/deadlines.js';
import { createLocalBus } from './realtime/local-bus.js';
import { createRedisBus } from './realtime/redis-bus.js';
import { verifyAccessToken } from './sessions/access-token.js';
import { createAuthorizationCode } from './sessions/authorization-codes/create.js';
import { exchangeAuthorizationCode } from './sessions/authorization-codes/exchange.js';
import { refreshSession } from './sessions/refresh.js';
import { findSessionOf } from './sessions/find-session.js';
import { listSessions } from './sessions/list.js';
import { readRefreshToken } from './sessions/refresh-token.js';
import { followRevocations } from './sessions/revocations.js';
import { revokeSession, revokeSessionsOf } from './sessions/revoke.js';
import { JWKS_MAX_AGE_SECONDS, followSigningKeys } from './sessions/signing-keys.js';
import { findViewer } from './sessions/viewer.js';
import { updateProfile } from './users/profile.js';
import { recognizePhone } from './phone/recognize-phone.js';

export interface RunningGateway {
  handlers: RequestHandlers;
  /** What is held for people who wait; all zero when nobody does. */
  waiting(): { sockets: number; topics: number; deadlines: number };
  /** Stops taking new work; `/health/ready` says so. */
  drain(): void;
  /** Says goodbye to whoever is connected by WebSocket. */
  closeSockets(): Promise<void>;
  /** Lets go of the database and Redis; nothing can be answered after. */
  close(): Promise<void>;
}

/** The composition root: builds every room and hands each what it needs. The database must be migrated. */
export async function createGateway(config: Config, databaseUrl: string, log: Log): Promise<RunningGateway> {
  // Development only: in production the configuration insists on one.
  const keyring = createKeyring(
    config.gatewaySecret ?? readOrCreateSecret(join(config.dataFolder, 'gateway-secret')),
    config.gatewaySecretPrevious,
  );
  const database = connectDatabase(databaseUrl, log);
  const bus = config.redisUrl ? createRedisBus(config.redisUrl, log) : createLocalBus();
  const deadlines = new Deadlines();
  const audit = createAudit(database, log);
  const signingKeys = await followSigningKeys(database, keyring, log);
  const revocations = await followRevocations({ database, bus, log });
  const { sessions } = config;
  const days = { idle: sessions.idleDays, absolute: sessions.absoluteDays };
  const mint = { keyring, signingKeys, issuer: config.publicUrl, days };
  const account = createGreenApi(config.greenApi);
  const greenApi = account && rememberPhones(account);
  const instanceState = account && createInstanceState(account, database, log);
  const outbox = config.production ? undefined : createOutbox();
  const channels = createChannels({ config, greenApi, instanceState, log }).map((channel) =>
    makeResilient(outbox ? keepSent(channel, outbox) : channel, log),
  );
  const sending = { channels, config: config.delivery, findTemplate: createFindTemplate(database), database, audit };
  const codeSender = createCodeSender(sending);
  const login = {
    config,
    keyring,
    database,
    codeSender,
    sendNotification: createSendNotification(sending),
    bus,
    mint,
    audit,
    log,
  };
  const readAttempt = createReadAttempt(database, keyring);
  const deliveryTracking = startDeliveryTracking(login, channels);

  const gateway: Gateway = {
    requestOtp: (input) => requestOtp(input, login),
    resendOtp: (input) => resendOtp(input, login),
    verifyOtp: (input) => verifyOtp(input, login),
    startWhatsAppLogin: (input) => startWhatsAppLogin(input, login),
    claimLogin: (input) => claimLogin(input, login),
    cancelLogin: (input) => cancelLogin(input, { ...login, readAttempt }),
    readAttempt,
    watchAttempt: (input) => watchAttempt(input, { readAttempt, bus, deadlines }),
    refreshSession: (token) => refreshSession(token, { database, mint, bus, audit, log }),
    sessionIdOf: (refreshToken) => readRefreshToken(refreshToken, keyring.all)?.sessionId,
    async signOut(sessionId, userId) {
      await revokeSession(sessionId, { actor: userId, reason: 'signed_out' }, login);
    },
    verifyAccessToken: (token) => verifyAccessToken(token, signingKeys, config.publicUrl),
    isRevoked: revocations.isRevoked,
    findViewer: (sessionId) => findViewer(sessionId, database),
    onRevoked: revocations.onRevoked,
    listSessions: (userId) => listSessions(userId, database),
    async revokeSession(sessionId, by) {
      if (!isUuid(sessionId) || !(await revokeSession(sessionId, { ...by, reason: 'revoked' }, login)))
        throw new DomainError('SESSION_NOT_FOUND');
    },
    revokeSessionsOf: (userId, by) => revokeSessionsOf(userId, { ...by, reason: 'revoked' }, login),
    createAuthorizationCode: (request) => createAuthorizationCode(request, login),
    exchangeAuthorizationCode: (input) => exchangeAuthorizationCode(input, login),
    recognizePhone: (text) => recognizePhone(text, config.defaultCountries),
    updateProfile: (userId, change, actor) => updateProfile(userId, change, actor, database),
    requestPhoneChange: (input) => requestPhoneChange(input, login),
    confirmPhoneChange: (guess) => confirmPhoneChange(guess, login),
    isAdmin: ({ role }) => role === ADMIN_ROLE && config.roles.includes(ADMIN_ROLE),
    admin: createAdmin(login),
  };

  /** Without a response, on a WebSocket, cookies count for nothing (R22). */
  const contextOf = (request: IncomingMessage, response?: ServerResponse): GraphqlContext => {
    const { socket, headers } = request;
    return {
      gateway,
      client: {
        ip: clientIp(socket.remoteAddress, headers['x-forwarded-for'], config.trustedProxyHops),
        userAgent: headers['user-agent']?.slice(0, 256),
        locale: wishedLocale(headers['accept-language']),
        location:
          (config.clientLocationHeader && String(headers[config.clientLocationHeader] ?? '').slice(0, 64)) || undefined,
      },
      bearer: readBearer(headers.authorization),
      cookies: sessions.cookie && response ? createCookieJar(request, response) : NO_COOKIES,
    };
  };
  const isAllowedOrigin = createOriginCheck(config);
  const served = config.federation ? createSubgraph(schema) : schema;
  const documents = createDocuments(served, config);
  const graphql = createGraphqlHandler({
    schema: served,
    documents,
    contextOf,
    isAllowedOrigin,
    production: config.production,
    log,
  });
  const webSockets = createGraphqlSocketServer({
    schema: served,
    documents,
    contextOf,
    onRevoked: revocations.onRevoked,
    deadlines,
    log,
  });
  const stopCleanup = startCleanup({ config, database, audit, log });
  let draining = false;
  let followed: Promise<void> | undefined;

  const authVerify = createAuthVerifyRoute({
    verifyAccessToken: (token) => claimsOf({ bearer: token, gateway }),
    findSessionOf: sessions.cookie ? (token) => findSessionOf(token, { database, keyring }) : undefined,
    readBearer,
    log,
  });
  const routes = new Map<string, Handler>([
    ['/graphql', graphql],
    [
      '/.well-known/jwks.json',
      (_, response) =>
        respondJson(response, 200, signingKeys.jwks(), { 'cache-control': `public, max-age=${JWKS_MAX_AGE_SECONDS}` }),
    ],
    [AUTH_VERIFY, authVerify],
    [`${AUTH_VERIFY}/`, authVerify],
    ['/health/live', live],
    [
      '/health/ready',
      createReadyRoute({
        pingDatabase: database.ping,
        redis: () => (!config.redisUrl ? 'not configured' : bus.isConnected() ? 'up' : 'down'),
        channels: () => Object.fromEntries(channels.map(({ name, health }) => [name, health()])),
        isDraining: () => draining,
      }),
    ],
  ]);
  const { callbackSecret } = config.kavenegar;
  if (callbackSecret)
    routes.set(
      KAVENEGAR_CALLBACK,
      createKavenegarCallback({ secret: callbackSecret, scheduleStatusCheck: deliveryTracking.askKavenegar, log }),
    );
  // In production without an account there is nobody to listen to; development believes what it is told.
  if (!config.production || config.greenApi.idInstance) {
    routes.set(
      GREEN_API_WEBHOOK,
      onlyPost(
        createWebhookRoute({
          token: config.greenApi.webhookToken,
          idInstance: config.greenApi.idInstance,
          number: config.whatsapp.number,
          webhookMonitor: createWebhookMonitor(config.greenApi.idInstance, database),
          receiveText: (message) => receiveText(message, { ...login, greenApi, outbox }),
          receiveStatus: deliveryTracking.receiveStatus,
          saveState: async (state) => instanceState?.saveState(state),
          log,
        }),
      ),
    );
  }
  const pages = readPages(config.production ? ['login'] : ['login', 'dev-phone']);
  routes.set(ASSETS, pages.assets);
  routes.set('/', (_, response) => response.writeHead(302, { location: LOGIN_PAGE }).end());
  const devPhone = outbox && createDevPhone(config, { outbox, pages });
  for (const [path, page] of [...createLoginPage(config, pages), ...(devPhone?.routes ?? [])]) routes.set(path, page);

  return {
    handlers: {
      routes,
      upgrade: createUpgrade({ isDraining: () => draining, isAllowedOrigin, open: webSockets.open }),
    },
    // One topic is our own: the revocations.
    waiting: () => ({ sockets: webSockets.sockets(), topics: bus.topics() - 1, deadlines: deadlines.size }),
    drain() {
      draining = true;
      devPhone?.drain();
      followed ??= deliveryTracking.stop();
    },
    closeSockets: webSockets.close,
    async close() {
      stopCleanup();
      await (followed ?? deliveryTracking.stop());
      await Promise.all([signingKeys.stop(), revocations.stop(), audit.close()]);
      await bus.close();
      await database.close();
    },
  };
}

function onlyPost(handler: Handler): Handler {
  return (request, response) =>
    request.method === 'POST'
      ? handler(request, response)
      : respondJson(response, 405, { error: 'METHOD_NOT_ALLOWED' }, { allow: 'POST' });
}
