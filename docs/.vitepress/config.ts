import { defineConfig } from 'vitepress';
import { githubSlug } from './github-slug.js';
import { linkToRepository } from './link-to-repository.js';
import { sidebar } from './sidebar.js';

/**
 * The documentation site: `npm run docs` builds it into docs/.vitepress/dist. See docs/decisions/0024.
 *
 * DOCS_BASE is the path under which the site is served (default `/`). DOCS_SOURCE_URL is where the source can be read, such as
 * https://github.com/owner/repository/blob/main; without it, links to files outside docs/ are shown as plain text.
 */
export default defineConfig({
  title: 'Phonegate',
  description:
    'A phone-number login gateway that speaks GraphQL: one-time codes, WhatsApp QR login, and sessions any backend can verify',
  base: process.env['DOCS_BASE'] ?? '/',
  cleanUrls: true,
  lastUpdated: false,
  // A folder's README.md is its index, so that GitHub shows it too.
  rewrites: { 'decisions/README.md': 'decisions/index.md' },
  ignoreDeadLinks: 'localhostLinks',
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${process.env['DOCS_BASE'] ?? '/'}logo.svg` }]],
  markdown: {
    // Same anchors as on GitHub, where the same pages are read.
    anchor: { slugify: githubSlug },
    toc: { slugify: githubSlug },
    config: (md) => linkToRepository(md, process.env['DOCS_SOURCE_URL']),
    languageAlias: { caddyfile: 'nginx' },
  },
  themeConfig: {
    logo: '/logo.svg',
    search: { provider: 'local' },
    outline: [2, 3],
    externalLinkIcon: true,
    nav: [
      { text: 'Get started', link: '/getting-started' },
      { text: 'Guides', link: '/guides/login-page', activeMatch: '^/guides/' },
      { text: 'Operations', link: '/operations/configuration', activeMatch: '^/(operations|providers)/' },
      { text: 'Troubleshooting', link: '/troubleshooting/errors', activeMatch: '^/troubleshooting/' },
      { text: 'Reference', link: '/reference/configuration', activeMatch: '^/reference/' },
    ],
    sidebar,
    footer: { message: 'Phonegate is released under the MIT licence.' },
  },
});
