import { BadRequest, ok } from '../response.js';
import { readSettings } from '../settings.js';
import { restart } from '../state.js';
import type { Handler } from './handler.js';

export const getSettings: Handler = ({ settings, state, wid }) =>
  ok({ wid: state === 'notAuthorized' || state === null ? '' : wid, ...settings });

/** Answers at once, whether it keeps the changes or not. They take effect after a restart. */
export const setSettings: Handler = (instance, { body }) => {
  const { forgottenSettings } = instance;
  const kept = Object.entries(readSettings(body)).filter(([name]) => !forgottenSettings.has(name));
  if (instance.state === null) throw new BadRequest('instance in starting process try later');
  restart(instance, () => instance.configure(Object.fromEntries(kept)));
  return ok({ saveSettings: true });
};
