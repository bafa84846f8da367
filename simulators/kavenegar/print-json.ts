/** JSON in which a `messageid`, held as text, is a bare number, however long. Within a text its quotes are escaped. */
export function printJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/"messageid":"(\d+)"/g, '"messageid":$1');
}
