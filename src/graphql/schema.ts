import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { builder } from './builder.js';
import './types/claim.js';
import './types/login-attempt.js';
import './types/me.js';
import './types/otp.js';
import './types/session.js';
import './types/whatsapp.js';

export const schema: GraphQLSchema = builder.toSchema({});

/** The contract as it is committed in schema.graphql. */
export function printContract(): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
