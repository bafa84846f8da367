import type { Config } from '../config/config.js';

/**
 * Decides which web origins may call the gateway: its own, those in ALLOWED_ORIGINS and, in development, any on the
 * local machine. Only browsers send an Origin header; other clients are not affected.
 */
export function createOriginCheck(config: Config): (origin: string) => boolean {
  const listed = new Set([new URL(config.publicUrl).origin, ...config.allowedOrigins]);
  return (origin) =>
    listed.has(origin) || (!config.production && /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(origin));
}
