import type { Config } from '../../config/config.js';
import { isAllowedRedirect } from '../../config/redirect-uris.js';
import type { LoginRedirect, LoginSettings } from '../../web/login/settings.js';
import type { Handler } from '../server.js';
import { type Pages, createTextRoute } from './pages.js';

export const LOGIN_PAGE = '/login';
const THEME = `${LOGIN_PAGE}/theme.css`;

/** The login page and its theme, by path. */
export function createLoginPage(config: Config, pages: Pages): [path: string, handler: Handler][] {
  const { publicUrl, production, greenApi, loginPage } = config;
  const { logoUrl } = loginPage;

  const page = pages.page('login', {
    theme: THEME,
    sources: {
      images: logoUrl === undefined ? [] : [new URL(logoUrl).origin],
      // For Safari before 15.4, 'self' does not include a WebSocket to the same host.
      connections: [new URL(publicUrl).origin.replace(/^http/, 'ws')],
    },
    settings({ url = '' }) {
      const redirect = redirectOf(new URL(url, publicUrl).searchParams, (uri) => isAllowedRedirect(uri, config));
      const settings: LoginSettings = {
        title: loginPage.title,
        logo: logoUrl ?? null,
        whatsapp: !production || greenApi.idInstance !== undefined,
        devPhone: !production,
        redirect,
      };
      return { status: redirect === 'refused' ? 400 : 200, settings };
    },
  });
  return [
    [LOGIN_PAGE, page],
    [THEME, createTextRoute('.css', themeCss(loginPage.theme))],
  ];
}

/**
 * The URI to which the application wants the user sent back. It must be one of REDIRECT_URIS, compared character by
 * character.
 */
function redirectOf(query: URLSearchParams, isAllowed: (uri: string) => boolean): LoginRedirect | 'refused' | null {
  const uri = query.get('redirect_uri');
  if (uri === null) return null;
  const method = query.get('code_challenge_method');
  // With two redirect_uri parameters, one could be checked and the other one used.
  if (!isAllowed(uri) || query.getAll('redirect_uri').length > 1 || (method !== null && method !== 'S256'))
    return 'refused';
  return { uri, state: query.get('state'), codeChallenge: query.get('code_challenge') };
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
