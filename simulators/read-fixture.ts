import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * A recorded exchange with a provider. `bodyText` is the raw answer, for exchanges in which long numbers or an empty
 * body matter.
 */
export interface Fixture {
  request: { method: string; url: string; form?: Record<string, string>; body?: unknown };
  response: { status: number; headers: Record<string, string>; body?: unknown; bodyText?: string };
}

const folder = fileURLToPath(new URL('fixtures', import.meta.url));

export type Provider = 'greenapi' | 'kavenegar' | 'melipayamak';

/** The names of a provider's exchanges, without `.json`. Files without a response, such as webhooks, are left out. */
export function fixtureNames(provider: Provider): string[] {
  return readdirSync(`${folder}/${provider}`)
    .filter((name) => name.endsWith('.json') && !name.startsWith('webhook.'))
    .map((name) => name.replace(/\.json$/, ''))
    .filter((name) => 'response' in readJson(provider, name));
}

export function readFixture(provider: Provider, name: string): Fixture {
  return readJson(provider, name) as Fixture;
}

/** The answer of a fixture, as it is sent over the wire. */
export function answerOf({ response }: Fixture): { status: number; headers: Record<string, string>; body: string } {
  const { status, headers, body, bodyText } = response;
  return { status, headers, body: bodyText ?? (body === undefined ? '' : JSON.stringify(body)) };
}

function readJson(provider: Provider, name: string): object {
  return JSON.parse(readFileSync(`${folder}/${provider}/${name}.json`, 'utf8')) as object;
}
