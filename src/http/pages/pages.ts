import { readFileSync, readdirSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartupError } from '../../startup-error.js';
import { respondJson } from '../respond.js';
import { type Handler, pathOf } from '../server.js';
import { type Sources, securityHeaders } from './security-headers.js';
import { type Content, createContent, respondContent } from './static-content.js';

export const ASSETS = '/assets/';

/** The built pages. The path is the same from src/http/pages and from dist/http/pages. */
const FOLDER = fileURLToPath(new URL('../../../dist/web/pages', import.meta.url));

/** Pages with different settings, such as the parameters of an application, that are kept with their gzipped form. */
const CACHED_PAGES = 100;

type Name = 'login' | 'dev-phone';

export interface PageOptions {
  sources?: Sources;
  /** Path of a style sheet that the page loads last. */
  theme?: string;
  /** The settings of one request, for the script of the page. The script reads them from `<script id="settings">`. */
  settings: (request: IncomingMessage) => { status?: number; settings: object };
}

/** The web pages as Vite built them, read into memory once. */
export interface Pages {
  /** Serves `/assets/`. The name of an asset contains a hash of its content, so browsers may cache it without limit. */
  assets: Handler;
  page(name: Name, options: PageOptions): Handler;
}

/**
 * Reads the named pages and their assets into memory. Assets of other pages are not served.
 *
 * @param publicPath the path of PUBLIC_URL, with which the paths in the pages begin
 * @throws StartupError when the pages have not been built
 */
export function readPages(names: readonly Name[], publicPath: string): Pages {
  const { assets, html } = readFiles(names);

  return {
    assets(request, response) {
      const asset = assets.get(pathOf(request));
      if (!asset) return respondJson(response, 404, { error: 'NOT_FOUND' });
      const headers = { 'cache-control': 'public, max-age=31536000, immutable' };
      respondContent({ request, response }, asset, { headers });
    },
    page(name, { sources = {}, theme, settings }) {
      const link = theme === undefined ? '' : `<link rel="stylesheet" href="${publicPath}${theme}" />`;
      const text = (html.get(name) ?? '')
        .replaceAll(`="${ASSETS}`, `="${publicPath}${ASSETS}`)
        .replace('</head>', `${link}</head>`);
      const headers = { 'cache-control': 'no-cache', ...securityHeaders(sources) };
      const cached = new Map<string, Content>();
      return (request, response) => {
        const { status, settings: values } = settings(request);
        // Inside a data block, `<` is the only character that a browser interprets.
        const json = JSON.stringify(values).replaceAll('<', '\\u003c');
        const known = cached.get(json);
        // A function, because a string could contain replacement patterns of String.replace.
        const block = () => `<script type="application/json" id="settings">${json}</script></head>`;
        const page = known ?? createContent('.html', text.replace('</head>', block));
        // Zipping costs most of the time. A client that asks for ever new pages gets them as they are.
        const mayZip = known !== undefined || cached.size < CACHED_PAGES;
        cached.delete(json);
        if (cached.size >= CACHED_PAGES) cached.delete(cached.keys().next().value as string);
        cached.set(json, page);
        respondContent({ request, response }, page, { status, headers, mayZip });
      };
    },
  };
}

/** Serves a text that belongs to a page, such as its theme. */
export function createTextRoute(extension: '.css', text: string): Handler {
  const content = createContent(extension, text);
  const headers = { 'cache-control': 'no-cache' };
  return (request, response) => respondContent({ request, response }, content, { headers });
}

function readFiles(names: readonly Name[]): { assets: Map<string, Content>; html: Map<string, string> } {
  const assets = new Map<string, Content>();
  const html = new Map<string, string>();
  try {
    const others = readdirSync(FOLDER).filter((name) => name !== 'assets' && !names.includes(name as Name));
    for (const file of readdirSync(join(FOLDER, 'assets'))) {
      if (others.some((name) => file.startsWith(`${name}-`))) continue;
      assets.set(`${ASSETS}${file}`, createContent(extname(file), readFileSync(join(FOLDER, 'assets', file))));
    }
    for (const name of names) html.set(name, readFileSync(join(FOLDER, name, 'index.html'), 'utf8'));
  } catch (error) {
    throw new StartupError('The web pages have not been built. Run "npm run build".', { cause: error });
  }
  return { assets, html };
}
