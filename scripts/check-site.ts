// Checks the built site: every link and anchor leads somewhere, and no page loads anything from another host. Usage: npm run docs.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const SITE = fileURLToPath(new URL('../docs/.vitepress/dist', import.meta.url));
const base = process.env['DOCS_BASE'] ?? '/';

const pages = readdirSync(SITE, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'));
const htmlByPage = new Map(pages.map((page) => [page, readFileSync(join(SITE, page), 'utf8')]));
const anchorsByPage = new Map(
  [...htmlByPage].map(([page, html]) => [page, new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id))]),
);

const problems = pages.flatMap((page) => {
  const html = htmlByPage.get(page) ?? '';
  // Links of the text. Those of images and scripts must be local.
  const links = [...html.matchAll(/<a\s[^>]*href="([^"]+)"/g)].map(([, href]) => href ?? '');
  const loaded = [
    ...html.matchAll(/<(?:script|img|iframe|source)\s[^>]*src="([^"]+)"|<link\s[^>]*href="([^"]+)"/g),
  ].map(([, src, href]) => src ?? href ?? '');
  return [
    ...links.map((href) => linkProblem(href, page)),
    ...loaded.map((url) => (/^(https?:)?\/\//.test(url) ? `loads ${url}` : linkProblem(url, page))),
  ].flatMap((problem) => (problem === undefined ? [] : [`${page} ${problem}`]));
});

function linkProblem(href: string, page: string): string | undefined {
  if (/^([a-z]+:|\/\/)/.test(href)) return undefined;
  const [path = '', anchor] = href.replaceAll('&amp;', '&').split('#');
  const target = path === '' ? page : fileOf(path, page);
  if (target === undefined) return `links to ${href}, which does not exist`;
  if (!anchor || anchorsByPage.get(target)?.has(decodeURIComponent(anchor)) !== false) return undefined;
  return `links to ${href}, which has no such heading`;
}

/** The file that a server answers for a path. */
function fileOf(path: string, page: string): string | undefined {
  const absolute = path.startsWith('/')
    ? path.startsWith(base) && path.slice(base.length)
    : posix.join(posix.dirname(page), path);
  if (absolute === false) return undefined;
  const file = decodeURIComponent(absolute);
  return [file, `${file}.html`, posix.join(file, 'index.html')].find(
    (candidate) => candidate !== '' && /\.\w+$/.test(candidate) && existsSync(join(SITE, candidate)),
  );
}

for (const problem of problems) console.error(problem);
console.log(`${pages.length} pages, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
