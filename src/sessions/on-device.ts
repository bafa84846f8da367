/**
 * SQL: whether the session `s` was opened on the device `d` of the same user. An instance of the previous version writes
 * no `device_id`: its session is the last one of the device.
 */
export const isOnDevice = (s: string, d: string) =>
  `(coalesce(${s}.device_id, ${s}.id) = coalesce(${d}.device_id, ${d}.session_id) OR ${s}.id = ${d}.session_id)`;
