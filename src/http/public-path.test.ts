import { describe, expect, test } from 'vitest';
import { withoutPublicPath } from './public-path.js';

describe('the path of PUBLIC_URL', () => {
  test.each([
    ['/auth/graphql', '/graphql'],
    ['/auth', '/'],
    ['/auth/', '/'],
    ['/auth?a=b', '/?a=b'],
    ['/auth/login?client_id=x', '/login?client_id=x'],
    ['/auth/auth/verify', '/auth/verify'],
  ])('is removed from %s: %s', (url, rest) => {
    expect(withoutPublicPath(url, '/auth')).toBe(rest);
  });

  test.each(['/graphql', '/', '/authorize', '/AUTH/graphql', 'http://x/auth/graphql'])('is not in %s', (url) => {
    expect(withoutPublicPath(url, '/auth')).toBeUndefined();
  });

  test('is nothing to remove if it is empty', () => {
    expect(withoutPublicPath('/graphql', '')).toBeUndefined();
  });
});
