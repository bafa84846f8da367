/** The end of graphql-js's message about a wrong variable. This part quotes only names of the schema. */
const REASON =
  /(Field "\w+" (?:of required type "[\w![\]]+" was not provided|is not defined by type "\w+")|Expected (?:non-nullable )?type "[\w![\]]+" (?:not to be null|to be an object))\.(?: Did you mean [^?]*\?)?$/;

/**
 * Removes the quoted values from a message of graphql-js. A value can be a secret or a code, and clients log the
 * answers they receive.
 */
export function hideValues(message: string): string {
  const variable = /^(Variable "\$\w+" got )invalid value /.exec(message)?.[1];
  if (variable) return `${variable}an invalid value. ${REASON.exec(message)?.[1] ?? 'See its type in the schema'}.`;
  return message
    .replace(/(cannot represent [^:]*value): .*/s, '$1.')
    .replace(/, found .*/s, ', found another.')
    .replace(/^Value ".*" does not exist/s, 'The value does not exist')
    .replace(/(Unexpected (?:Name|Int|Float|String|BlockString)) ".*"/s, '$1')
    .replace(/( Invalid character| Unterminated string| Invalid .*escape sequence).*/s, '$1.');
}
