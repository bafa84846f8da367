const PLACEHOLDER = /\{(\d+)\}/g;

/** Counts the variables of a pattern such as `کد ورود: {0}`. */
export function variableCount(pattern: string): number {
  return new Set([...pattern.matchAll(PLACEHOLDER)].map(([, index]) => index)).size;
}

export function fillIn(pattern: string, variables: readonly string[]): string {
  return pattern.replaceAll(PLACEHOLDER, (placeholder, index: string) => variables[Number(index)] ?? placeholder);
}
