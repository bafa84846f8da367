import { isLocal } from '../../config/is-local.js';
import type { ProviderApi } from '../../delivery/channels/provider.js';
import { type Finding, warning } from './finding.js';

/** A provider gets credentials and codes. */
export const checkProviderUrl = ({ about, url, variable }: ProviderApi): Finding[] =>
  url.startsWith('http:') && !isLocal(url)
    ? [
        warning(
          about,
          `${variable} is not https: credentials and codes cross the network unencrypted`,
          `Write ${variable} with https://`,
        ),
      ]
    : [];
