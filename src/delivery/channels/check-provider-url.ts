import { isLocal } from '../../config/is-local.js';
import { type Finding, warning } from '../../finding.js';

/** A provider gets credentials and codes. */
export function checkProviderUrl(about: string, { url, variable }: { url: string; variable: string }): Finding[] {
  return url.startsWith('http:') && !isLocal(url)
    ? [
        warning(
          about,
          `${variable} is not https: credentials and codes cross the network unencrypted`,
          `Write ${variable} with https://`,
        ),
      ]
    : [];
}
