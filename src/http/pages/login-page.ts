import type { Config } from '../../config/config.js';
import type { CaptchaName } from '../../config/names.js';
import { hasWhatsAppLogin } from '../../config/sign-in-methods.js';
import { isAllowedRedirect } from '../../config/applications.js';
import { isCodeChallenge } from '../../sessions/authorization-codes/code-challenge.js';
import type { LoginRedirect, LoginSettings, RedirectRefusal } from '../../web/login/settings.js';
import type { Handler } from '../server.js';
import { type Pages, createTextRoute } from './pages.js';

export const LOGIN_PAGE = '/login';
/** What the widget of a captcha needs. developers.cloudflare.com/turnstile/reference/content-security-policy, docs.hcaptcha.com/#content-security-policy-settings */
const WIDGETS: Record<CaptchaName, string[]> = {
  altcha: [],
  off: [],
  turnstile: ['https://challenges.cloudflare.com'],
  hcaptcha: ['https://hcaptcha.com', 'https://*.hcaptcha.com'],
};
const THEME = `${LOGIN_PAGE}/theme.css`;

/** The login page and its theme, by path. */
export function createLoginPage(config: Config, pages: Pages): [path: string, handler: Handler][] {
  const { publicUrl, production, loginPage, captcha } = config;
  const { logoUrl } = loginPage;

  const page = pages.page('login', {
    theme: THEME,
    sources: {
      images: logoUrl === undefined ? [] : [new URL(logoUrl).origin],
      // For Safari before 15.4, 'self' does not include a WebSocket to the same host.
      widgets: WIDGETS[captcha.kind],
      connections: [new URL(publicUrl).origin.replace(/^http/, 'ws')],
    },
    settings({ url = '' }) {
      const redirect = redirectOf(new URL(url, publicUrl).searchParams, config);
      const settings: LoginSettings = {
        path: config.publicPath,
        title: loginPage.title,
        logo: logoUrl ?? null,
        whatsapp: hasWhatsAppLogin(config),
        ...(production ? {} : { devPhone: `${config.publicPath}/dev/phone` }),
        redirect,
      };
      return { status: typeof redirect === 'string' ? 400 : 200, settings };
    },
  });
  return [
    [LOGIN_PAGE, page],
    [THEME, createTextRoute('.css', themeCss(loginPage.theme))],
  ];
}

/** The application that wants the user sent back, and how (RFC 6749, 4.1.1; RFC 7636, 4.3). */
function redirectOf(query: URLSearchParams, config: Config): LoginRedirect | RedirectRefusal | null {
  const uri = query.get('redirect_uri');
  if (uri === null) return null;
  const clientId = query.get('client_id') ?? '';
  // With two parameters of one name, one could be checked and the other one used.
  const isRepeated = new Set(query.keys()).size < query.size;
  if (isRepeated || !isAllowedRedirect({ clientId, redirectUri: uri }, config)) return 'REDIRECT_NOT_ALLOWED';
  const codeChallenge = query.get('code_challenge') ?? '';
  // Without a method, the challenge is the verifier itself (`plain`).
  if (query.get('code_challenge_method') !== 'S256' || !isCodeChallenge(codeChallenge))
    return 'CODE_CHALLENGE_REQUIRED';
  return { clientId, uri, state: query.get('state'), codeChallenge };
}

/** Colours for light pages only. On a dark page they could make text unreadable; dark pages have their own settings. */
const COLOURS = new Set(['accent', 'on-accent']);

/** Turns `accent=#0a7;dark-accent=#3fc` into CSS variables of the page. */
function themeCss(theme: Map<string, string>): string {
  const rule = (isIncluded: (name: string) => boolean) => {
    const variables = [...theme]
      .filter(([name]) => isIncluded(name))
      .map(([name, value]) => `--phonegate-${name.replace('dark-', '')}: ${value};`);
    return `:root { ${variables.join(' ')} }`;
  };
  const isDark = (name: string) => name.startsWith('dark-');
  return [
    rule((name) => !isDark(name) && !COLOURS.has(name)),
    `@media not (prefers-color-scheme: dark) { ${rule((name) => COLOURS.has(name))} }`,
    `@media (prefers-color-scheme: dark) { ${rule(isDark)} }`,
    '',
  ].join('\n');
}
