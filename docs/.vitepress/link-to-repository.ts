import { posix } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

/**
 * Links of a page to files of the repository outside docs/, such as `../../SECURITY.md`, lead to the source on the web.
 * Where its address is not known, their text stays and the link goes. Links to a README.md of docs/ lead to the index of its folder.
 */
export function linkToRepository(md: MarkdownRenderer, sourceUrl: string | undefined): void {
  md.core.ruler.push('link-to-repository', ({ tokens, env }) => {
    const folder = posix.dirname(String(env.relativePath ?? ''));
    for (const { children } of tokens) {
      let isDropped = false;
      for (const token of children ?? []) {
        if (token.type === 'link_open') {
          const href = token.attrGet('href') ?? '';
          const path = posix.join('docs', folder, href);
          const isOutside = !/^([a-z]+:|#|\/)/.test(href) && !path.startsWith('docs/');
          isDropped = isOutside && sourceUrl === undefined;
          if (isDropped) Object.assign(token, { type: 'html_inline', content: '<span>', tag: '' });
          else if (isOutside) token.attrSet('href', `${sourceUrl}/${path}`);
          else if (!/^[a-z]+:/.test(href)) token.attrSet('href', href.replace(/README\.md(?=#|$)/, 'index.md'));
        } else if (token.type === 'link_close' && isDropped) {
          Object.assign(token, { type: 'html_inline', content: '</span>', tag: '' });
          isDropped = false;
        }
      }
    }
  });
}
