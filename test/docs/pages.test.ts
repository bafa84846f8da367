import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, posix, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { githubSlug } from '../../docs/.vitepress/github-slug.js';
import { sidebar } from '../../docs/.vitepress/sidebar.js';
import { CHANNELS } from '../../src/delivery/channels/channel-list.js';
import { ERROR_CODES } from '../../src/domain-error.js';
import { REQUEST_ERROR_CODES } from '../../src/graphql/request-error-codes.js';
import { CLOSE_CODES } from '../../src/graphql/websocket/close-codes.js';
import { HTTP_ERROR_CODES } from '../../src/http/http-error-codes.js';
import { LOG_EVENTS } from '../../src/log-events.js';
import { PROJECT } from '../support/process.js';
import { readPage } from './pages.js';

const DOCS = readdirSync(join(PROJECT, 'docs'), { recursive: true, encoding: 'utf8' })
  .map((file) => `docs/${file.split(sep).join('/')}`)
  .filter((file) => file.endsWith('.md') && !file.includes('/.vitepress/'));
const PACKAGES = readdirSync(join(PROJECT, 'packages')).map((name) => `packages/${name}/README.md`);
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'examples/README.md',
  'simulators/README.md',
  'src/delivery/channels/README.md',
  ...PACKAGES,
  ...DOCS,
];

test('the README has at most 8 kB', () => {
  expect(statSync(join(PROJECT, 'README.md')).size).toBeLessThanOrEqual(8_000);
});

test.each(PAGES)('every link of %s leads to a file of the repository, and to a heading of it', (page) => {
  const problems = linksOf(page).flatMap((href) => {
    const [path = '', anchor] = href.split('#');
    const file = path === '' ? page : posix.join(dirname(page), decodeURI(path));
    if (!existsSync(join(PROJECT, file))) return [`${href}: there is no ${file}`];
    if (anchor === undefined || !file.endsWith('.md')) return [];
    return headingsOf(file).includes(anchor) ? [] : [`${href}: ${file} has no such heading`];
  });
  expect(problems).toEqual([]);
});

test('the sidebar has every page once', () => {
  const links = linksIn(sidebar).map((link) => `docs${link.endsWith('/') ? `${link}README` : link}.md`);
  expect(links.toSorted()).toEqual(DOCS.filter((page) => page !== 'docs/index.md').toSorted());
});

test('the page about a change of phone names the channels that carry notifications', () => {
  const [, named = ''] =
    /Only channels that carry our own text can do that:([^.]*)\./.exec(readPage('docs/guides/phone-change.md')) ?? [];
  const channels = CHANNELS.filter(({ carriesNotifications, kind }) => carriesNotifications && kind !== 'developer');
  expect([...named.matchAll(/`([^`]+)`/g)].map(([, name]) => name)).toEqual(channels.map(({ name }) => name));
});

describe('troubleshooting', () => {
  test('has an entry for every error code and every close code of a WebSocket', () => {
    const headings = headingsOf('docs/troubleshooting/errors.md');
    const tables = [REQUEST_ERROR_CODES, HTTP_ERROR_CODES, CLOSE_CODES];
    for (const code of [...ERROR_CODES, ...tables.flatMap((codes) => Object.keys(codes))])
      expect(headings).toContain(code.toLowerCase());
  });

  test('has an entry for every warning, error and alert of the log, and for no event that does not exist', () => {
    const events = Object.values(LOG_EVENTS).flatMap((group) => Object.entries(group));
    const important = events.filter(([, { level, alert }]) => alert || level === 'warn' || level === 'error');
    const headings = headingsOf('docs/troubleshooting/log-events.md');
    for (const [name] of important) expect(headings).toContain(githubSlug(name));
    const known = new Set(['log-events', ...events.map(([name]) => githubSlug(name))]);
    expect(headings.filter((heading) => !known.has(heading))).toEqual([]);
  });

  test('has an entry for every subject of the doctor', () => {
    const folders = ['src/cli/doctor', 'src/delivery/channels'];
    const text = folders
      .flatMap((folder) =>
        readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' }).map(
          (file) => `${folder}/${file.split(sep).join('/')}`,
        ),
      )
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map(readPage)
      .join('\n');
    const subjects = [...text.matchAll(/\b(?:ok|warning|problem)\(\s*'([a-z-]+)'|const ABOUT = '([a-z-]+)'/g)].map(
      ([, one, other]) => one ?? other ?? '',
    );
    const headings = headingsOf('docs/troubleshooting/doctor.md');
    expect(subjects.length).toBeGreaterThan(10);
    for (const subject of [...subjects, 'route']) expect(headings).toContain(subject);
  });
});

/** The links of a page to other pages and files, without code. */
function linksOf(page: string): string[] {
  const text = withoutCode(readPage(page));
  return [...text.matchAll(/\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)|(?:src|href)="([^"]+)"/g)]
    .map(([, link, source]) => link ?? source ?? '')
    .filter((href) => !/^([a-z]+:|\/)/.test(href) && page !== 'docs/index.md');
}

/** The anchors of a page, as GitHub makes them. */
function headingsOf(page: string): string[] {
  const seen = new Map<string, number>();
  const text = readPage(page).replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => {
    const slug = githubSlug(heading.replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1').replaceAll('`', ''));
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
}

const withoutCode = (text: string): string =>
  text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '').replaceAll(/`[^`\n]*`/g, '');

function linksIn(items: typeof sidebar): string[] {
  return items.flatMap(({ link, items: below = [] }) => [...(link ? [link] : []), ...linksIn(below)]);
}
