import { describe, expect, test } from 'vitest';
import { loadConfig } from './config/config.js';
import { welcome } from './welcome.js';

/** The URLs in a text, in order. */
const urlsIn = (text: string) => [...text.matchAll(/https?:\/\/[^\s)]+/g)].map(([url]) => url);

describe('in development', () => {
  test('the welcome lists the login page first, then the developer’s phone, then the API', () => {
    expect(urlsIn(welcome(loadConfig({ PORT: '4321' })))).toEqual([
      'http://localhost:4321',
      'http://localhost:4321/login',
      'http://localhost:4321/dev/phone',
      'http://localhost:4321/graphql',
      'http://localhost:4321/.well-known/jwks.json',
      'http://localhost:4321/health/ready',
    ]);
  });

  test('the welcome warns when other machines can reach the gateway, and only then', () => {
    expect(welcome(loadConfig({}))).not.toContain('trusted network');
    expect(welcome(loadConfig({ HOST: '0.0.0.0', ALLOW_UNSAFE_DEVELOPMENT: 'on' }))).toContain('trusted network');
  });
});

test('in production the welcome does not mention development features', () => {
  const text = welcome(
    loadConfig({
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://login.example.com',
      GATEWAY_SECRET: 'fHy3GAsbaZmwDQY5hNgT7Cj8ueWPpdVLFkXz',
    }),
  );
  expect(urlsIn(text)).toEqual([
    'https://login.example.com',
    'https://login.example.com/login',
    'https://login.example.com/graphql',
    'https://login.example.com/.well-known/jwks.json',
    'https://login.example.com/health/ready',
  ]);
  expect(text).not.toMatch(/dev\/phone|GraphiQL|development/i);
});
