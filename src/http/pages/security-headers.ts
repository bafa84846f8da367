import type { OutgoingHttpHeaders } from 'node:http';

/** Origins from which a page may load images, and to which it may connect, in addition to the gateway. */
export interface Sources {
  images?: string[];
  connections?: string[];
  /**
   * Origins of a service whose script the page runs, which shows frames and loads styles of its own. Such a script decides
   * itself what it runs, so the page then has no Trusted Types.
   */
  widgets?: string[];
}

/** The headers of every page: it loads only files of the gateway, and no other page can show it in a frame. */
export function securityHeaders(sources: Sources): OutgoingHttpHeaders {
  return {
    'content-security-policy': contentSecurityPolicy(sources),
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    // The URL of the login page can name an application, which other hosts must not learn.
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
  };
}

function contentSecurityPolicy({ images = [], connections = [], widgets = [] }: Sources): string {
  return [
    "default-src 'none'",
    `script-src ${["'self'", ...widgets].join(' ')}`,
    `style-src ${["'self'", ...widgets].join(' ')}`,
    `img-src ${["'self'", 'data:', ...images].join(' ')}`,
    `connect-src ${["'self'", ...connections, ...widgets].join(' ')}`,
    ...(widgets.length > 0 ? [`frame-src ${widgets.join(' ')}`] : []),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    ...(widgets.length > 0 ? [] : ["require-trusted-types-for 'script'"]),
  ].join('; ');
}
