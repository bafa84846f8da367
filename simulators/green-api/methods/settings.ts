import { BadRequest, ok } from '../response.js';
import { readSettings } from '../settings.js';
import { restart } from '../state.js';
import type { Handler } from './handler.js';

export const getSettings: Handler = ({ settings, state, wid }) =>
  ok({ wid: state === 'notAuthorized' || state === null ? '' : wid, ...settings });

/** Answers at once. The changes take effect after a restart. */
export const setSettings: Handler = (instance, { body }) => {
  const changes = readSettings(body);
  if (instance.state === null) throw new BadRequest('instance in starting process try later');
  restart(instance, () => instance.configure(changes));
  return ok({ saveSettings: true });
};
