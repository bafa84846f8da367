/** Prints JSON with each `messageid`, which is held as a string, as a number. In a text, quotes are escaped and not matched. */
export function printJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/"messageid":"(\d+)"/g, '"messageid":$1');
}
