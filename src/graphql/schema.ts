import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { builder } from './builder.js';
import './types/admin/audit.js';
import './types/admin/change-users.js';
import './types/admin/feeds.js';
import './types/admin/guard-events.js';
import './types/admin/login-attempts.js';
import './types/admin/sms-log.js';
import './types/admin/statistics.js';
import './types/admin/templates.js';
import './types/admin/user-sessions.js';
import './types/admin/users.js';
import './types/authorization-code.js';
import './types/claim.js';
import './types/login-attempt.js';
import './types/me.js';
import './types/my-account.js';
import './types/my-sessions.js';
import './types/my-sign-ins.js';
import './types/otp.js';
import './types/phone-change.js';
import './types/recognize-phone.js';
import './types/session.js';
import './types/whatsapp.js';

export const schema: GraphQLSchema = builder.toSchema({});

/** The contract, as committed in schema.graphql. */
export function printContract(): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
