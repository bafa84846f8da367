import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './process.js';

/** A certificate authority of a company, as OpenSSL makes it. */
export interface Authority {
  /** Its certificate, which its clients have to know. */
  caFile: string;
  /** @param days until it expires; a negative number has expired already */
  issue(names: string, days?: number): Certificate;
}

export interface Certificate {
  certFile: string;
  keyFile: string;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export function createAuthority(): Authority {
  const folder = makeFolder();
  const at = (name: string) => join(folder, name);
  openssl(
    'req',
    '-x509',
    ...KEY,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.crt'),
    '-subj',
    '/CN=Private CA',
    '-days',
    '10',
  );
  let issued = 0;
  return {
    caFile: at('ca.crt'),
    issue(names, days = 10) {
      issued += 1;
      const [keyFile, request, certFile] = [at(`${issued}.key`), at(`${issued}.csr`), at(`${issued}.crt`)];
      writeFileSync(at('names'), `subjectAltName=${names}`);
      openssl('req', ...KEY, '-keyout', keyFile, '-out', request, '-subj', '/CN=PostgreSQL');
      const by = ['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('names')];
      openssl('x509', '-req', '-in', request, ...by, '-days', `${days}`, '-out', certFile);
      return { certFile, keyFile };
    },
  };
}

/** A certificate that no authority has issued. */
export function selfSigned(names: string): Certificate {
  const folder = makeFolder();
  const [keyFile, certFile] = [join(folder, 'key'), join(folder, 'crt')];
  const subject = ['-subj', '/CN=PostgreSQL', '-addext', `subjectAltName=${names}`];
  openssl('req', '-x509', ...KEY, '-keyout', keyFile, '-out', certFile, ...subject, '-days', '10');
  return { certFile, keyFile };
}

function openssl(...args: string[]): void {
  const { status, stderr, error } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args[0]}: ${error?.message ?? stderr}`);
}
