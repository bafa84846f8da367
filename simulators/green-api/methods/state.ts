import { ok } from '../response.js';
import { digitsOf, secondsNow } from '../instance.js';
import type { Handler } from './handler.js';

const OWN_LID = '100000000000001@lid';
const DAY_S = 24 * 60 * 60;

/** `null` while the instance is being created. */
export const getStateInstance: Handler = ({ state }) => ok(state === null ? null : { stateInstance: state });

export const getStateInstanceHistory: Handler = ({ history }, { query }) =>
  ok(history.slice(0, Number(query.get('count') ?? 100)));

export const getStatusInstance: Handler = ({ state }) =>
  ok({ statusInstance: state === 'authorized' ? 'online' : 'offline' });

export const getWaSettings: Handler = (instance) => {
  const { state, wid } = instance;
  if (state === null) return ok(null);
  const linked = !['notAuthorized', 'blocked', 'starting'].includes(state);
  const until = secondsNow(instance) + DAY_S;
  return ok({
    avatar: linked ? 'https://pps.whatsapp.net/v/t61.24694-24/180589560_n.jpg' : '',
    base64Avatar: '',
    chatId: linked ? OWN_LID : '',
    phone: linked ? digitsOf(wid) : '',
    historySyncProgress: linked ? 100 : 0,
    stateInstance: state,
    deviceId: linked ? `${digitsOf(wid)}:26@s.whatsapp.net` : '',
    logoutProcess: false,
    ...(state === 'suspended' ? { suspendedUntil: until } : {}),
    ...(state === 'yellowCard' ? { yellowCardUntil: until } : {}),
  });
};
