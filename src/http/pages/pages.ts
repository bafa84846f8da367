import { readFileSync, readdirSync } from 'node:fs';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { StartupError } from '../../startup-error.js';
import { respondJson } from '../respond.js';
import { type Handler, pathOf } from '../server.js';

export const ASSETS = '/assets/';

/** The built pages; the same place seen from src/http and from dist/http. */
const FOLDER = fileURLToPath(new URL('../../../dist/web/pages', import.meta.url));

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

interface Content {
  type: string;
  body: Buffer;
  zipped: Buffer;
}

/** The web pages as Vite built them, read once: there are few, and they are small. */
export interface Pages {
  /** Files of `/assets/`. Their names change with what is in them, so browsers may keep them. */
  assets: Handler;
  /** A page, with settings that its script reads from `<script id="settings">`. */
  page(
    name: Name,
    parts: {
      /** What else its images and connections may come from, besides the gateway. */
      sources?: { images?: string[]; connections?: string[] };
      /** A style sheet of its own, by path. */
      theme?: string;
      settings: (request: IncomingMessage) => { status?: number; settings: object };
    },
  ): Handler;
}

type Name = 'login' | 'dev-phone';

/**
 * @param names which pages there are: what belongs to another is not there at all
 * @throws StartupError when they have not been built
 */
export function readPages(names: readonly Name[]): Pages {
  const assets = new Map<string, Content>();
  const html = new Map<string, string>();
  try {
    const others = readdirSync(FOLDER).filter((name) => name !== 'assets' && !names.includes(name as Name));
    for (const file of readdirSync(join(FOLDER, 'assets'))) {
      if (others.some((name) => file.startsWith(`${name}-`))) continue;
      assets.set(`${ASSETS}${file}`, contentOf(TYPES[extname(file)], readFileSync(join(FOLDER, 'assets', file))));
    }
    for (const name of names) html.set(name, readFileSync(join(FOLDER, name, 'index.html'), 'utf8'));
  } catch (error) {
    throw new StartupError('The web pages are not there. Run "npm run build".', { cause: error });
  }

  return {
    assets(request, response) {
      const asset = assets.get(pathOf(request));
      if (!asset) return respondJson(response, 404, { error: 'NOT_FOUND' });
      respond(request, response, asset, { 'cache-control': 'public, max-age=31536000, immutable' });
    },
    page(name, { sources = {}, theme, settings }) {
      const text = (html.get(name) ?? '').replace(
        '</head>',
        theme === undefined ? '</head>' : `<link rel="stylesheet" href="${theme}" /></head>`,
      );
      const policy = contentSecurityPolicy(sources);
      return (request, response) => {
        const { status = 200, settings: told } = settings(request);
        // In a data block only `<` means anything to a browser.
        const block = `<script type="application/json" id="settings">${JSON.stringify(told).replaceAll('<', '\\u003c')}</script>`;
        const page = contentOf(TYPES['.html'], Buffer.from(text.replace('</head>', () => `${block}</head>`)));
        respond(request, response, page, {
          ':status': status,
          'cache-control': 'no-cache',
          'content-security-policy': policy,
          'cross-origin-opener-policy': 'same-origin',
          'permissions-policy': 'camera=(), geolocation=(), microphone=()',
          // A login page's address can name an application; nobody else needs to know which.
          'referrer-policy': 'no-referrer',
          'x-frame-options': 'DENY',
        });
      };
    },
  };
}

/** Text of our own alongside a page, such as its theme. */
export function createTextRoute(type: '.css', text: string): Handler {
  const content = contentOf(TYPES[type], Buffer.from(text));
  return (request, response) => respond(request, response, content, { 'cache-control': 'no-cache' });
}

function contentOf(type: string | undefined, body: Buffer): Content {
  return { type: type ?? 'application/octet-stream', body, zipped: gzipSync(body) };
}

function respond(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  { type, body, zipped }: Content,
  { ':status': status = 200, ...more }: OutgoingHttpHeaders,
): void {
  if (method !== 'GET' && method !== 'HEAD')
    return respondJson(response, 405, { error: 'METHOD_NOT_ALLOWED' }, { allow: 'GET, HEAD' });
  const zips = /\bgzip\b/.test(headers['accept-encoding'] ?? '');
  const sent = zips ? zipped : body;
  response.writeHead(Number(status), {
    'content-type': type,
    'content-length': sent.length,
    ...(zips ? { 'content-encoding': 'gzip' } : {}),
    vary: 'accept-encoding',
    'x-content-type-options': 'nosniff',
    ...more,
  });
  response.end(method === 'HEAD' ? undefined : sent);
}

/** Nothing but our own files; no inline script or style, no frame around us, nothing posted anywhere else. */
function contentSecurityPolicy({
  images = [],
  connections = [],
}: {
  images?: string[];
  connections?: string[];
}): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src ${["'self'", 'data:', ...images].join(' ')}`,
    `connect-src ${["'self'", ...connections].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}
