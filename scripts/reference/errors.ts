import { GraphQLObjectType, type GraphQLSchema, GraphQLUnionType, getNamedType } from 'graphql';
import { ERROR_CODES, ERRORS, type ErrorCode, FAILURE_CODES, type FailureCode } from '../../src/domain-error.js';
import { typeNameOf } from '../../src/graphql/failures.js';
import { REQUEST_ERROR_CODES } from '../../src/graphql/request-error-codes.js';
import { CLOSE_CODES } from '../../src/graphql/websocket/close-codes.js';
import { HTTP_ERROR_CODES } from '../../src/http/http-error-codes.js';
import { messagesIn } from '../../src/locales/messages.js';
import { escape, head, table } from './markdown.js';

const link = (code: string): string => `[\`${code}\`](../troubleshooting/errors.md#${code.toLowerCase()})`;

export function printErrors(schema: GraphQLSchema): string {
  const refusals = ERROR_CODES.filter((code) => !FAILURE_CODES.includes(code as FailureCode));
  return [
    head(
      'Error codes',
      '[Troubleshooting](../troubleshooting/errors.md) says for each code what the user sees and what to do. A code never changes.',
    ),
    '## Failures\n',
    "An expected failure is a member of the result union. Its `message` is in the caller's language: `en`, `ru`, `kk`, `ky` or `fa`.\n",
    ...FAILURE_CODES.map((code) => printFailure(code, schema)),
    '## Refusals of a whole request\n',
    'They are in `errors[]`, as `extensions.code`. Codes of failures can be there too, such as `ATTEMPT_NOT_FOUND` from `loginAttemptStatus`, or `INVALID_INPUT`, with the name of the argument in `extensions.field`.\n',
    table(
      ['`extensions.code`', 'meaning'],
      [
        ...refusals.map((code) => [link(code), escape(ERRORS[code])]),
        ...Object.entries(REQUEST_ERROR_CODES).map(([code, meaning]) => [link(code), escape(meaning)]),
      ],
    ),
    '## Errors of plain HTTP\n',
    'The routes other than the GraphQL API answer with JSON such as `{"error":"NOT_FOUND"}`. Some answers also have a `message` in English.\n',
    table(
      ['`error`', 'HTTP status', 'meaning'],
      Object.entries(HTTP_ERROR_CODES).map(([code, { status, meaning }]) => [link(code), `${status}`, escape(meaning)]),
    ),
    '## Close codes of a WebSocket\n',
    'The gateway can also refuse to open a WebSocket. It then answers as a plain HTTP route does, with one of the errors above: 403 if `ALLOWED_ORIGINS` does not contain the origin of the page, 404 if the path is not `/graphql`, 429 if the client has too many WebSockets open, and 503 while the gateway starts or shuts down.\n',
    table(
      ['code', 'meaning'],
      Object.entries(CLOSE_CODES).map(([code, meaning]) => [link(code), escape(meaning)]),
    ),
  ].join('\n');
}

function printFailure(code: ErrorCode, schema: GraphQLSchema): string {
  const type = typeNameOf(code);
  const operations = operationsThatAnswer(type, schema);
  const fields = fieldsOf(type, schema);
  return [
    `### \`${code}\`\n`,
    `${escape(ERRORS[code])}\n`,
    `- **Type**: \`${type}\`${fields.length > 0 ? `, with ${fields.map((field) => `\`${field}\``).join(', ')}` : ''}`,
    `- **Message in English**: ${escape(messagesIn('en').errors[code])}`,
    ...(operations.length > 0 ? [`- **Answered by**: ${operations.map((name) => `\`${name}\``).join(', ')}`] : []),
    `- **What to do**: [troubleshooting](../troubleshooting/errors.md#${code.toLowerCase()})`,
    '',
  ].join('\n');
}

/** The fields of a failure in addition to those of every error. */
function fieldsOf(typeName: string, schema: GraphQLSchema): string[] {
  const type = schema.getType(typeName);
  const names = type instanceof GraphQLObjectType ? Object.keys(type.getFields()) : [];
  return names.filter((name) => name !== 'code' && name !== 'message');
}

function operationsThatAnswer(typeName: string, schema: GraphQLSchema): string[] {
  const fields = [schema.getQueryType(), schema.getMutationType()].flatMap((root) =>
    Object.values(root?.getFields() ?? {}),
  );
  return fields
    .filter(({ type }) => {
      const named = getNamedType(type);
      return named instanceof GraphQLUnionType && named.getTypes().some(({ name }) => name === typeName);
    })
    .map(({ name }) => name)
    .toSorted();
}
