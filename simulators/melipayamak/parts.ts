/** How many SMS a text is billed as: one up to 160 Latin characters or 70 others, and parts of 153 or 67 beyond that. */
export function partsOf(text: string): number {
  const [alone, each] = /^[\n\r\u0020-\u007e]*$/.test(text) ? [160, 153] : [70, 67];
  return text.length <= alone ? 1 : Math.ceil(text.length / each);
}
