import { PROVIDER_ENTRIES } from '../../delivery/channels/providers.js';

/** What the reference says about a route. Markdown; links are relative to docs/reference. */
export interface RouteReference {
  /** As docs write it. */
  path: string;
  /** Paths of the server, as RequestHandlers has them. */
  handlers: readonly string[];
  methods: string;
  meaning: string;
  exists?: string;
}

/** Every route, for docs/reference/routes.md. A test compares it with the routes of a gateway. */
export const ROUTES: readonly RouteReference[] = [
  {
    path: '/graphql',
    handlers: ['/graphql'],
    methods: 'GET, POST, WebSocket',
    meaning: 'The [API](../guides/graphql.md). In development, a browser gets GraphiQL at this path.',
  },
  {
    path: '/login',
    handlers: ['/', '/login', '/login/theme.css'],
    methods: 'GET',
    meaning:
      'The [login page](../guides/login-page.md). `/` redirects to it. Parameters: `client_id`, `redirect_uri`, `state`, `code_challenge`, `code_challenge_method`, `locale`.',
  },
  { path: '/assets/…', handlers: ['/assets/'], methods: 'GET', meaning: 'Scripts, styles and pictures of the pages.' },
  {
    path: '/auth/verify',
    handlers: ['/auth/verify', '/auth/verify/'],
    methods: 'any',
    meaning:
      '[Forward-auth](../guides/backends.md#forward-auth): 200 with `X-User-Id`, `X-User-Role`, `X-User-Phone` and `X-Session-Id`, or 401. 503 when the gateway needs the database and the database is unavailable. Every path below it answers too.',
  },
  {
    path: '/.well-known/jwks.json',
    handlers: ['/.well-known/jwks.json'],
    methods: 'GET',
    meaning: 'The public keys that verify access tokens. A backend may cache them for 30 seconds.',
  },
  {
    path: '/.well-known/security.txt',
    handlers: ['/.well-known/security.txt'],
    methods: 'GET',
    meaning: 'Where to report a vulnerability of this installation (RFC 9116).',
    exists: 'With `SECURITY_CONTACT` only.',
  },
  {
    path: '/health/live',
    handlers: ['/health/live'],
    methods: 'GET',
    meaning: '200 while the process answers ([health](../operations/health.md)).',
  },
  {
    path: '/health/ready',
    handlers: ['/health/ready'],
    methods: 'GET',
    meaning:
      '200 if the database answers. 503 without the database, and while the gateway shuts down. If messages do not pass through Redis in both directions, or if the gateway skips a channel, 200 with `"status":"degraded"`. [Details](../operations/health.md#details) need `HEALTH_TOKEN`.',
  },
  {
    path: '/api/webhooks/greenapi/incoming',
    handlers: ['/api/webhooks/greenapi/incoming'],
    methods: 'POST',
    meaning: "[Green API's webhook](../providers/green-api.md#the-webhook).",
    exists: 'In production with `GREEN_API_ID_INSTANCE` only.',
  },
  {
    path: '/api/webhooks/kavenegar/status/<secret>',
    handlers: ['/api/webhooks/kavenegar/status/'],
    methods: 'GET, POST',
    meaning: "[Kavenegar's status callback](../providers/kavenegar.md#the-status-callback).",
    exists: 'With `KAVENEGAR_CALLBACK_SECRET` only.',
  },
  ...PROVIDER_ENTRIES.flatMap(([, { webhook }]) =>
    webhook
      ? [
          {
            path: webhook.path.endsWith('/') ? `${webhook.path}…` : webhook.path,
            handlers: [webhook.path],
            methods: webhook.methods ?? 'POST',
            meaning: webhook.meaning,
            exists: webhook.exists,
          },
        ]
      : [],
  ),
  {
    path: '/dev/phone',
    handlers: ['/dev/phone'],
    methods: 'GET',
    meaning: "The [developer's phone](../guides/development.md#the-developers-phone).",
    exists: 'In development only.',
  },
  {
    path: '/dev/phone/messages',
    handlers: ['/dev/phone/messages'],
    methods: 'GET',
    meaning: "A stream of the messages on the developer's phone (SSE).",
    exists: 'In development only.',
  },
  {
    path: '/dev/phone/send',
    handlers: ['/dev/phone/send'],
    methods: 'POST',
    meaning: 'Sends a WhatsApp message to the gateway.',
    exists: 'In development only.',
  },
];
