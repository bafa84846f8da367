import { ok } from '../response.js';
import { restart, setState } from '../state.js';
import type { Handler } from './handler.js';

/** A PNG of one white pixel in place of a QR code. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg==';

export const reboot: Handler = (instance) => {
  restart(instance, () => {});
  return ok({ isReboot: true });
};

export const logout: Handler = (instance) => {
  setState(instance, 'notAuthorized');
  return ok({ isLogout: true });
};

export const qr: Handler = ({ state }) => {
  if (state === 'authorized') return ok({ type: 'alreadyLogged', message: 'instance account already authorized' });
  if (state === 'notAuthorized') return ok({ type: 'qrCode', message: PNG });
  return ok({ type: 'error', message: 'instance is starting or not authorized' });
};
