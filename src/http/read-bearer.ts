/** The token of an `Authorization: Bearer …` value (RFC 6750, 2.1). The scheme may have any case. */
export function readBearer(authorization: unknown): string | undefined {
  return typeof authorization === 'string' ? /^Bearer\s+(\S+)\s*$/i.exec(authorization)?.[1] : undefined;
}
