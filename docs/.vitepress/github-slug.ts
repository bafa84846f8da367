/** The anchor that GitHub gives to a heading: `Changing GATEWAY_SECRET` is `changing-gateway_secret`. */
export const githubSlug = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-');
