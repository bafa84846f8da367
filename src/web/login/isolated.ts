/** Isolates a name in a sentence of the other direction, or its punctuation would move (Unicode UAX 9, first strong isolate). */
export function isolated(name: string, direction: 'ltr' | 'rtl'): string {
  return direction === 'rtl' || /[\u0590-\u08ff]/.test(name) ? `\u2068${name}\u2069` : name;
}
