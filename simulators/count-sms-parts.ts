/** How many SMS a text is billed as: one up to 160 Latin or 70 other characters; beyond that, parts of 153 or 67. */
export function countSmsParts(text: string): number {
  const [single, part] = /^[\n\r\u0020-\u007e]*$/.test(text) ? [160, 153] : [70, 67];
  return text.length <= single ? 1 : Math.ceil(text.length / part);
}
