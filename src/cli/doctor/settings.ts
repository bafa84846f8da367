import type { Config } from '../../config/config.js';
import { configuredChannels } from '../../config/configured-channels.js';
import { type Finding, ok, warning } from './finding.js';

const ABOUT = 'settings';
/** A message takes some seconds to arrive, and the user some more to type the code. */
const SHORT_CODE_SECONDS = 60;

/** Settings that are each valid, but that keep users from signing in or cost money together. */
export function checkSettings(config: Config): Finding[] {
  return [
    ...checkProxyHops(config),
    ...checkTimes(config),
    ...checkChannelCount(config),
    ...checkWebOtpHost(config),
    ...checkOrigins(config),
  ];
}

/** The gateway itself speaks HTTP without TLS. */
function checkProxyHops({ production, publicUrl, trustedProxyHops }: Config): Finding[] {
  return production && publicUrl.startsWith('https:') && trustedProxyHops === 0
    ? [
        warning(
          ABOUT,
          'PUBLIC_URL is https, so a proxy is in front of the gateway, but TRUSTED_PROXY_HOPS is 0: limits count all clients as one',
          'Set TRUSTED_PROXY_HOPS to the number of proxies that append to X-Forwarded-For',
        ),
      ]
    : [];
}

function checkTimes({ otp, delivery }: Config): Finding[] {
  const { budgetSeconds, receiptTimeoutSeconds, routes } = delivery;
  const longestWait = Math.max(0, ...receiptTimeoutSeconds.values());
  const longestRoute = Math.max(0, ...[...routes.values()].map((names) => names.length));
  return [
    ...(otp.ttlSeconds < SHORT_CODE_SECONDS
      ? [
          warning(
            ABOUT,
            `OTP_TTL_SECONDS is ${otp.ttlSeconds}: many codes expire before users have typed them`,
            'Set it to 300',
          ),
        ]
      : []),
    ...(longestWait >= otp.ttlSeconds
      ? [
          warning(
            ABOUT,
            `DELIVERY_RECEIPT_TIMEOUT_SECONDS is ${longestWait}, but a code expires after ${otp.ttlSeconds} s: the next channel is never tried`,
            'Set it to less than OTP_TTL_SECONDS, or to 0 if no channel should follow',
          ),
        ]
      : []),
    ...(budgetSeconds < longestRoute
      ? [
          warning(
            ABOUT,
            `DELIVERY_BUDGET_SECONDS is ${budgetSeconds}, for a route with ${longestRoute} channels: each gets less than a second`,
            'Set it to 15',
          ),
        ]
      : []),
  ];
}

function checkChannelCount(config: Config): Finding[] {
  const channels = configuredChannels(config);
  const [only] = channels;
  return config.production && channels.length === 1 && only
    ? [
        warning(
          ABOUT,
          `${only.name} is the only channel: while it does not work, no user gets a code`,
          'Configure a channel of another provider, and name both in DELIVERY_ROUTES',
        ),
      ]
    : [];
}

function checkWebOtpHost({ delivery, publicUrl, allowedOrigins, applications }: Config): Finding[] {
  const host = delivery.webOtpHost;
  if (host === undefined) return [];
  const uris = [...applications.values()].flat();
  const hosts = [publicUrl, ...allowedOrigins, ...uris]
    .filter((url) => URL.canParse(url))
    .map((url) => new URL(url).hostname);
  return hosts.includes(host.toLowerCase())
    ? []
    : [
        warning(
          ABOUT,
          `SMS_WEBOTP_HOST is ${host}, which is neither the host of PUBLIC_URL nor one of ALLOWED_ORIGINS: browsers offer the code on no page`,
          'Set it to the host of the page on which users type the code',
        ),
      ];
}

function checkOrigins({ allowedOrigins, applications }: Config): Finding[] {
  return allowedOrigins.length === 0 && applications.size === 0
    ? [ok(ABOUT, 'ALLOWED_ORIGINS is empty: browsers may call the gateway from its own pages only')]
    : [];
}
