import { USER_TRUSTED_AFTER_HOURS } from '../limits.js';

/**
 * SQL: whether the phone belongs to a user for some time already. Somebody who pumps codes gets no trust by signing up on the same
 * day.
 */
export const isPhoneOfUser = (phone: string) =>
  `EXISTS (SELECT FROM users u WHERE u.phone = ${phone} AND u.created_at <= now() - interval '${USER_TRUSTED_AFTER_HOURS} hours')`;

/**
 * SQL: whether the user of the phone has opened a session in this network, such as at home. `network` is as `networkOf` returns it.
 * An IPv6 address whose first half is written in short form is not recognized.
 */
export const isHome = (phone: string, network: string) => `EXISTS (
        SELECT FROM users u JOIN sessions s ON s.user_id = u.id
        WHERE u.phone = ${phone} AND (s.client_ip = ${network} OR (${network} LIKE '%::/64' AND starts_with(s.client_ip, replace(${network}, '::/64', ':'))))
      )`;
