const PLACEHOLDER = /\{(\d+)\}/g;

/** How many variables a pattern such as `کد ورود: {0}` takes. */
export function variableCount(pattern: string): number {
  return new Set([...pattern.matchAll(PLACEHOLDER)].map(([, index]) => index)).size;
}

export function fillIn(pattern: string, variables: readonly string[]): string {
  return pattern.replaceAll(PLACEHOLDER, (placeholder, index: string) => variables[Number(index)] ?? placeholder);
}
