import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { secretInPath } from '../../../config/secret-strength.js';
import { HTTP_DEFINITION, type HttpChannelSettings, type HttpDefinition } from './definition.js';
import { type Values, fillText, placeholdersIn } from './fill-in.js';
import { MESSAGE_PLACEHOLDERS } from './index.js';

export interface HttpVariables {
  names: readonly string[];
  folder: string;
  /** By `channel.name`. */
  secrets: ReadonlyMap<string, string>;
  /** Whether secrets of other channels are no problem. */
  mayBeUnused?: boolean;
}

/** Reads the file of each channel. `problems` begin with the name of a variable and contain no value of a secret. */
export function readHttpChannels({ names, folder, secrets, mayBeUnused = false }: HttpVariables): {
  channels: HttpChannelSettings[];
  problems: string[];
} {
  const channels: HttpChannelSettings[] = [];
  const problems: string[] = [];
  for (const name of names) {
    const own = secretsOf(name, secrets);
    const read = readDefinition(name, folder);
    const definition = 'mistakes' in read ? undefined : read;
    const found = 'mistakes' in read ? read.mistakes : problemsOf(read, own);
    problems.push(...found.map((one) => `HTTP_CHANNELS names ${name}: ${name}.json ${one}`));
    if (definition && found.length === 0) channels.push({ name, definition, secrets: own });
  }
  const unused = [...secrets.keys()].filter((key) => !names.includes(key.split('.')[0] ?? ''));
  if (unused.length > 0 && !mayBeUnused)
    problems.push(`HTTP_SECRETS has ${unused.join(', ')}, but HTTP_CHANNELS does not name that channel`);
  return { channels, problems };
}

const secretsOf = (name: string, secrets: ReadonlyMap<string, string>): Values =>
  Object.fromEntries(
    [...secrets]
      .filter(([key]) => key.startsWith(`${name}.`))
      .map(([key, value]) => [`secret.${key.slice(name.length + 1)}`, value]),
  );

function readDefinition(name: string, folder: string): HttpDefinition | { mistakes: string[] } {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { mistakes: [code ? `cannot be read (${code}) from the folder of HTTP_CHANNELS_FOLDER` : 'is not JSON'] };
  }
  const parsed = HTTP_DEFINITION.safeParse(json);
  if (parsed.success) return parsed.data;
  return {
    mistakes: parsed.error.issues.map(({ path, message }) => {
      const where = path.join('.');
      return `is not right${where ? ` at ${where}` : ''}: ${message}`;
    }),
  };
}

function problemsOf(definition: HttpDefinition, secrets: Values): string[] {
  const problems = placeholderProblems(definition, secrets);
  return problems.length > 0 ? problems : webhookProblems(definition, secrets);
}

/** The secret is all that protects the webhook, and a part of its path (R14). */
function webhookProblems({ receipts: { webhook } }: HttpDefinition, secrets: Values): string[] {
  const parsed = webhook && secretInPath.safeParse(fillText(webhook.secret, secrets));
  return parsed?.error ? [`has a secret for receipts.webhook that ${parsed.error.issues[0]?.message}`] : [];
}

/** Every placeholder must have a value where it stands. */
function placeholderProblems(definition: HttpDefinition, secrets: Values): string[] {
  const { token, send, receipts, account } = definition;
  const own = Object.keys(secrets);
  const all = token ? [...own, 'token'] : own;
  const allowed: [part: unknown, names: readonly string[]][] = [
    [token?.request, own],
    [send.request, [...all, ...MESSAGE_PLACEHOLDERS]],
    [[send.success.pointer, send.id, send.errors?.pointer], MESSAGE_PLACEHOLDERS],
    [receipts.poll?.request, [...all, 'id']],
    [receipts.poll?.status, ['id']],
    [receipts.webhook?.secret, own],
    [account?.request, all],
  ];
  const unknown = allowed
    .filter(([part]) => part !== undefined)
    .flatMap(([part, names]) => placeholdersIn(part).filter((name) => !names.includes(name)));
  return [...new Set(unknown)].map((name) =>
    name.startsWith('secret.')
      ? `uses {${name}}, but HTTP_SECRETS has no such value`
      : `uses {${name}}, which has no value there`,
  );
}
