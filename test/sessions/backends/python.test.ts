import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanUpProcesses, makeFolder } from '../../support/process.js';
import { WRITTEN_URL, documented } from './documented.js';
import { type PublicGateway, startPublicGateway } from './public-gateway.js';
import { foreignTokens, tokensToAccept, tokensToRefuse } from './tokens.js';

/** Reads tokens, one in each line, and prints for each its claims, or the error of PyJWT. */
const DRIVER = `
import json, sys
import jwt
from verify import verify_access_token
for line in sys.stdin.read().split("\\n"):
    try:
        print(json.dumps(verify_access_token(line)))
    except jwt.PyJWTError as error:
        print(json.dumps({"refused": type(error).__name__}))
`;

let gateway: PublicGateway;
let folder: string;
let python: string;

beforeAll(async () => {
  python = pythonWithJwt();
  gateway = await startPublicGateway();
  folder = makeFolder();
  writeFileSync(join(folder, 'verify.py'), documented('python', { [WRITTEN_URL]: gateway.url }));
  writeFileSync(join(folder, 'driver.py'), DRIVER);
});
afterAll(async () => {
  await gateway?.stop();
  await cleanUpProcesses();
});

test('a Python backend that knows only the public URL reads user, session and role from a token', async () => {
  const { session } = gateway;
  expect(await judge({ good: session.accessToken })).toMatchObject({
    good: { sub: session.user.id, sid: session.id, role: 'USER', phone_number: '+77010000002' },
  });
});

test('accepts tokens when the clocks differ by less than 30 s', async () => {
  const { session, signingKey } = gateway;
  for (const [what, judgement] of Object.entries(await judge(tokensToAccept(session.accessToken, signingKey)))) {
    expect(judgement, what).toMatchObject({ sub: session.user.id });
  }
});

test('refuses a token of another issuer, another audience or an expired one', async () => {
  const { session, signingKey } = gateway;
  for (const [what, judgement] of Object.entries(await judge(tokensToRefuse(session.accessToken, signingKey)))) {
    expect(judgement, what).toEqual({ refused: expect.any(String) });
  }
});

test('does not fetch the keys again for each token with an unknown kid', async () => {
  const { session, keyServer } = gateway;
  const before = keyServer.fetched();
  const judgements = await judge(Object.fromEntries(foreignTokens(session.accessToken, 20).entries()));
  expect(Object.values(judgements)).toEqual(Array.from({ length: 20 }, () => ({ refused: 'PyJWKClientError' })));
  expect(keyServer.fetched() - before).toBeLessThanOrEqual(2); // the first look, and one more
});

/** The verdict of a separate Python process about tokens, each under its name. */
async function judge(tokens: Record<string, string>): Promise<Record<string, Record<string, string>>> {
  const output = await new Promise<string>((resolve, reject) => {
    const child = execFile(python, ['driver.py'], { cwd: folder, timeout: 20_000 }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
    child.stdin?.end(Object.values(tokens).join('\n'));
  });
  const lines = output.trimEnd().split('\n');
  expect(lines).toHaveLength(Object.keys(tokens).length);
  return Object.fromEntries(Object.keys(tokens).map((what, index) => [what, JSON.parse(String(lines[index]))]));
}

/** Another Python may come first on the path, but only Debian's finds Debian's packages. */
function pythonWithJwt(): string {
  const found = ['python3', '/usr/bin/python3'].find(
    (python) => spawnSync(python, ['-c', 'import jwt, cryptography']).status === 0,
  );
  if (found) return found;
  throw new Error(
    'This test needs Python with PyJWT: install the packages python3-jwt and python3-cryptography (Debian, Ubuntu), or "pip install pyjwt[crypto]".',
  );
}
