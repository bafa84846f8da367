import type { ClockWatch } from '../../clock-watch.js';
import type { Config } from '../../config/config.js';
import { hasCloudLogin } from '../../config/sign-in-methods.js';
import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import { createWebhookMonitor } from '../../delivery/channels/green-api/webhook-monitor.js';
import { GREEN_API_WEBHOOK } from '../../delivery/channels/green-api/settings.js';
import { KAVENEGAR_CALLBACK } from '../../delivery/channels/kavenegar/callback.js';
import { PROVIDER_ENTRIES } from '../../delivery/channels/providers.js';
import type { DeliveryTracking } from '../../login/otp/track-delivery.js';
import { receiveText } from '../../login/whatsapp/receive.js';
import { type WebhookOutcome, ignored } from '../../login/webhook-outcome.js';
import type { Modules } from '../../modules.js';
import { findSessionOf } from '../../sessions/find-session.js';
import { verifyBearer } from '../../sessions/verify-bearer.js';
import { createDevPhone } from '../pages/dev-phone.js';
import { LOGIN_PAGE, createLoginPage } from '../pages/login-page.js';
import { ASSETS, readPages } from '../pages/pages.js';
import { refuseMethod } from '../respond.js';
import type { LimitedRequests } from '../request-limits.js';
import type { Handler } from '../server.js';
import { cookieNames } from '../session-cookie.js';
import type { ProxyWatch } from '../undeclared-proxy.js';
import { AUTH_VERIFY, createAuthVerifyRoute } from './auth-verify.js';
import { createGreenApiWebhook } from './green-api-webhook.js';
import { findTroubles } from '../../delivery/find-troubles.js';
import { createProviderWebhook } from './provider-webhook.js';
import { createReadyRoute, live } from './health.js';
import { createJwksRoute } from './jwks.js';
import { createWebhookTokenCheck } from './check-webhook-token.js';
import { SECURITY_TXT, createSecurityTxtRoute } from './security-txt.js';
import { createKavenegarCallback } from './kavenegar-callback.js';

interface RouteDeps {
  modules: Modules;
  deliveryTracking: DeliveryTracking;
  proxyWatch: ProxyWatch;
  clock: ClockWatch;
  isDraining: () => boolean;
}

export interface Routes {
  /** Handlers by path, as `RequestHandlers` takes them. */
  handlers: Map<string, Handler>;
  /** Ends the streams that would otherwise keep the server from closing. */
  drain(): void;
}

/** Routes that machines call: providers, proxies, backends and load balancers. The requests of every other route are limited. */
export const LIMITED_REQUESTS: ReadonlyMap<string, LimitedRequests> = new Map([
  [GREEN_API_WEBHOOK, 'none'],
  [KAVENEGAR_CALLBACK, 'none'],
  ...PROVIDER_ENTRIES.flatMap(([, { webhook }]): [string, LimitedRequests][] =>
    webhook ? [[webhook.path, 'none']] : [],
  ),
  // The right tokens of thousands of people can come from one network.
  [AUTH_VERIFY, 'of clients of a proxy that fail'],
  [`${AUTH_VERIFY}/`, 'of clients of a proxy that fail'],
  ['/health/live', 'of clients of a proxy'],
  ['/health/ready', 'of clients of a proxy'],
]);

/** Every route except /graphql. */
export function createRoutes(deps: RouteDeps): Routes {
  const { config, delivery } = deps.modules;
  const { publicPath } = config;
  const pages = readPages(config.production ? ['login'] : ['login', 'dev-phone'], publicPath);
  const devPhone = delivery.outbox && createDevPhone(config, { outbox: delivery.outbox, pages });
  return {
    handlers: new Map([
      ...sessionRoutes(deps),
      ...healthRoutes(deps),
      ...webhookRoutes(deps),
      ...securityTxtRoutes(config),
      ...createLoginPage(config, pages),
      ...(devPhone?.routes ?? []),
      [ASSETS, pages.assets],
      ['/', (_, response) => response.writeHead(302, { location: publicPath + LOGIN_PAGE }).end()],
    ]),
    drain: () => devPhone?.drain(),
  };
}

function sessionRoutes({ modules }: RouteDeps): [path: string, handler: Handler][] {
  const { config, log, sessions } = modules;
  const authVerify = createAuthVerifyRoute({
    verifyBearer: (bearer) => verifyBearer({ bearer, kinds: ['access'] }, sessions),
    findSessionOf: config.sessions.cookie ? (refreshToken) => findSessionOf({ refreshToken }, sessions) : undefined,
    cookieNames: cookieNames(config.publicPath),
    log,
  });
  return [
    ['/.well-known/jwks.json', createJwksRoute(sessions)],
    [AUTH_VERIFY, authVerify],
    [`${AUTH_VERIFY}/`, authVerify],
  ];
}

function healthRoutes({ modules, proxyWatch, clock, isDraining }: RouteDeps): [path: string, handler: Handler][] {
  const { bus, config, database, delivery, log } = modules;
  const ready = createReadyRoute({
    token: config.healthToken,
    checkDatabase: database.check,
    redis: () => (!config.redis ? 'not configured' : bus.isConnected() ? 'up' : 'down'),
    troubles: () => findTroubles({ config, ...delivery }),
    channels: () => Object.fromEntries(delivery.channels.map(({ name, health }) => [name, health()])),
    isProxyUndeclared: proxyWatch.isFound,
    clockSkewSeconds: clock.skewSeconds,
    isDraining,
    log,
  });
  return [
    ['/health/live', live],
    ['/health/ready', ready],
  ];
}

function webhookRoutes({ modules, deliveryTracking }: RouteDeps): [path: string, handler: Handler][] {
  const { config, database, delivery, log, login } = modules;
  const routes: [string, Handler][] = [];
  const checkToken = createWebhookTokenCheck(modules);
  const { callbackSecret: secret } = config.kavenegar;
  if (secret) {
    const { scheduleStatusCheck } = deliveryTracking;
    routes.push([KAVENEGAR_CALLBACK, createKavenegarCallback({ secret, scheduleStatusCheck, checkToken, log })]);
  }
  const { idInstance, webhookToken: token } = config.greenApi;
  // In production the webhook requires an account and a token. In development it accepts every message.
  if (!config.production || idInstance) {
    const webhook = createGreenApiWebhook({
      token,
      idInstance,
      number: config.whatsapp.number,
      learnNumber: delivery.whatsAppNumber.learn,
      webhookMonitor: createWebhookMonitor({ idInstance, database }),
      receiveText: (message) => receiveText(message, { ...login, ...delivery }),
      receiveStatus: deliveryTracking.receiveStatus,
      saveState: async (state) => delivery.instanceState?.saveState(state),
      checkToken,
      log,
    });
    routes.push([GREEN_API_WEBHOOK, onlyPost(webhook)]);
  }
  for (const [key, provider] of PROVIDER_ENTRIES) {
    const webhook = provider.webhook?.create(config[key], config);
    if (!provider.webhook || !webhook) continue;
    const { path } = provider.webhook;
    const { receiveReceipt } = deliveryTracking;
    // With Green API, users write to that account.
    const takesLogins = hasCloudLogin(config);
    const receive = async (message: IncomingText): Promise<WebhookOutcome> =>
      takesLogins ? receiveText(message, { ...login, ...delivery }) : ignored('another_account');
    const learnNumber = takesLogins ? delivery.whatsAppNumber.learn : () => {};
    const receiving = { receiveReceipt, receiveText: receive, learnNumber, checkToken, log };
    routes.push([path, createProviderWebhook({ provider: provider.title, path, webhook, ...receiving })]);
  }
  return routes;
}

function securityTxtRoutes({ securityContacts: contacts, publicUrl }: Config): [path: string, handler: Handler][] {
  return contacts.length === 0 ? [] : [[SECURITY_TXT, createSecurityTxtRoute({ contacts, publicUrl })]];
}

function onlyPost(handler: Handler): Handler {
  return (request, response) =>
    request.method === 'POST' ? handler(request, response) : refuseMethod(response, 'POST');
}
