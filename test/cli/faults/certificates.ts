import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { World } from '../world.js';

// Made for these tests with openssl, for 127.0.0.1. The key signs both certificates and is used nowhere else.
const KEY = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIFbo/+GCBNs5xsaZLNANJ7I7FFca/0pC7QqBVccApSupoAoGCCqGSM49
AwEHoUQDQgAEwGgnJfQ8cpTFieaCCV9IUKWS9iRt5p40NaHXfIcTO8io2ORcCIVq
mZqXrY0eMj8nHRzsmrJjLHqQaHE9GV1gRQ==
-----END EC PRIVATE KEY-----`;
const OF_NO_KNOWN_AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBkDCCATagAwIBAgIUT9osYnIrHwtpUh+wUZcBaGVYNvYwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyOTE2MTYyNVoYDzIxMjYxMTA1
MTYxNjI1WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATAaCcl9DxylMWJ5oIJX0hQpZL2JG3mnjQ1odd8hxM7yKjY5FwIhWqZ
mpetjR4yPycdHOyasmMsepBocT0ZXWBFo2QwYjAdBgNVHQ4EFgQUNhQpNyM4ecRe
JLnuYl72qlQGQE0wHwYDVR0jBBgwFoAUNhQpNyM4ecReJLnuYl72qlQGQE0wDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUC
IFCiQ0VrAOMlxsVG5f9JrhraOkKTpWcruFWGUOO8y/JGAiEAoc6vyMFH5ACchnC7
RFA0sjR0Pl2eR2o4nc1aX9ufXWg=
-----END CERTIFICATE-----`;
/** It was valid in January 2025. */
const EXPIRED = `-----BEGIN CERTIFICATE-----
MIIBVjCB/aADAgECAgEBMAoGCCqGSM49BAMCMBQxEjAQBgNVBAMMCTEyNy4wLjAu
MTAeFw0yNTAxMDEwMDAwMDBaFw0yNTAyMDEwMDAwMDBaMBQxEjAQBgNVBAMMCTEy
Ny4wLjAuMTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABMBoJyX0PHKUxYnmgglf
SFClkvYkbeaeNDWh13yHEzvIqNjkXAiFapmal62NHjI/Jx0c7JqyYyx6kGhxPRld
YEWjQDA+MA8GA1UdEQQIMAaHBH8AAAEwDAYDVR0TBAUwAwEB/zAdBgNVHQ4EFgQU
NhQpNyM4ecReJLnuYl72qlQGQE0wCgYIKoZIzj0EAwIDSAAwRQIgRafg32WDqoW5
+tDEDOBhjLiwfodpjbQ/pd/voKAjWCgCIQCj383elJEaG1DamQEzixa+twv0L/m+
KjA6xQppNG+WMw==
-----END CERTIFICATE-----`;

/** Green API answers with a certificate that no authority of this machine has signed. */
export const withUnknownAuthority = (world: World) => serveBy(world, OF_NO_KNOWN_AUTHORITY);

/** Green API answers with a certificate that has expired. @returns the file with its authority */
export async function withExpiredCertificate(world: World): Promise<string> {
  await serveBy(world, EXPIRED);
  const folder = mkdtempSync(join(tmpdir(), 'phonegate-doctor-'));
  world.atTheEnd(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'authority.pem');
  writeFileSync(file, EXPIRED);
  return file;
}

async function serveBy(world: World, cert: string): Promise<void> {
  const server = createServer({ key: KEY, cert }, (_, response) => response.writeHead(200).end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world.atTheEnd(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  world.env['GREEN_API_URL'] = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
