import { expect, test } from 'vitest';
import { isLoopback, isLoopbackHost } from './is-local.js';

test.each([
  ['127.0.0.1', true],
  ['127.8.8.8', true],
  ['::1', true],
  ['10.0.0.1', false],
  ['1.127.0.0', false],
  ['::2', false],
  ['localhost', false],
  ['', false],
])('isLoopback("%s") is %s', (ip, local) => expect(isLoopback(ip)).toBe(local));

test.each([
  ['localhost', true],
  ['127.8.8.8', true],
  ['::1', true],
  ['localhost.example', false],
  ['127.0.0.1.example', false],
  ['0.0.0.0', false],
  ['', false],
])('isLoopbackHost("%s") is %s', (host, local) => expect(isLoopbackHost(host)).toBe(local));
