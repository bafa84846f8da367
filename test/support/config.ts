import { expect } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { StartupError } from '../../src/startup-error.js';

/** A complete configuration for production. */
export const PRODUCTION = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://phonegate@db/phonegate',
  GATEWAY_SECRET: 'fHy3GAsbaZmwDQY5hNgT7Cj8ueWPpdVLFkXz',
  PUBLIC_URL: 'https://login.example.com',
};

/** Secrets that are long and varied enough. Invented, as all secrets here. */
export const ANOTHER_SECRET = 'Yk2vQw8ZrT5nXb1LpG7dHs4JcM9fEa6u';
export const WEBHOOK_TOKEN = 'Pj5gC8u3bpSBxAnJ6hz4FVKY';

/** Accepts what development otherwise refuses: a public URL, a real provider, a proxy. For tests of other variables. */
export const PERMITTED = { ALLOW_UNSAFE_DEVELOPMENT: 'on' };

/** The message of loadConfig; empty when the configuration is valid. */
export function complaint(env: Record<string, string>): string {
  try {
    loadConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(StartupError);
    return (error as Error).message;
  }
  return '';
}

/** The variables that the message names, each at the start of its line. */
export const named = (env: Record<string, string>) =>
  complaint(env)
    .split('\n')
    .slice(1)
    .map((line) => /^ {2}- ([A-Z_]+) /.exec(line)?.[1] ?? line);
