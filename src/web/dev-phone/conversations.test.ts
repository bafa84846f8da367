import { expect, test } from 'vitest';
import { type Conversations, type Written, change, phonesOf } from './conversations.js';
import type { PhoneMessage } from './settings.js';

const [ONE, TWO] = ['+77010000002', '+996700000003'] as const;
const EMPTY: Conversations = { bubbles: [], chosen: undefined, unread: {} };
const AT = '2026-11-21T02:23:53.000Z';

const message = (id: string, phone: string, at = AT): PhoneMessage => ({ id, phone, channel: 'console', text: id, at });
const received = (state: Conversations, messages: PhoneMessage[], isVisible = true) =>
  change(state, { kind: 'received', messages, isVisible });
const idsOf = ({ bubbles }: Conversations) => bubbles.map(({ id }) => id);

test('shows the phone of the latest message first, and the other phones as unread', () => {
  const state = received(EMPTY, [message('a', ONE), message('b', ONE), message('c', TWO)]);
  expect(state.chosen).toBe(TWO);
  expect(state.unread).toEqual({ [ONE]: 2 });
  expect(phonesOf(state.bubbles).map(({ phone, last }) => [phone, last.id])).toEqual([
    [TWO, 'c'],
    [ONE, 'b'],
  ]);
});

test('shows a message once that is received again after a lost connection', () => {
  const before = received(EMPTY, [message('a', ONE), message('b', TWO)]);
  const state = received(before, [message('a', ONE), message('b', TWO), message('c', TWO)]);
  expect(idsOf(state)).toEqual(['a', 'b', 'c']);
  expect(state.unread).toEqual({ [ONE]: 1 });
});

test('keeps the chosen phone when another one receives a message', () => {
  const state = received(received(EMPTY, [message('a', ONE)]), [message('b', TWO)]);
  expect(state.chosen).toBe(ONE);
  expect(state.unread).toEqual({ [TWO]: 1 });
  expect(phonesOf(state.bubbles)[0]?.phone).toBe(TWO);
});

test('counts messages in a hidden tab as unread until the phone is chosen', () => {
  const state = received(EMPTY, [message('a', ONE)], false);
  expect(state.unread).toEqual({ [ONE]: 1 });
  expect(change(state, { kind: 'chosen', phone: ONE }).unread).toEqual({ [ONE]: 0 });
});

test('shows a reply below the message it answers, even when it arrives first', () => {
  const state = received(EMPTY, [message('answer', ONE, '2026-11-21T02:23:54.000Z')]);
  const asked: Written = { kind: 'written', id: 'asked', phone: ONE, text: '', hidden: false, status: 200, at: AT };
  expect(idsOf(change(state, { kind: 'written', message: asked }))).toEqual(['asked', 'answer']);
});

test('chooses the phone that a message is written from', () => {
  const written: Written = { kind: 'written', id: 'w', phone: TWO, text: 'NO', hidden: false, status: 200, at: AT };
  const state = change(received(EMPTY, [message('a', ONE)]), { kind: 'written', message: written });
  expect(state.chosen).toBe(TWO);
  expect(idsOf(state)).toEqual(['a', 'w']);
});
