/** Base64url (RFC 4648, 5) without padding. React Native has neither `atob` nor `TextDecoder`. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Each byte as one character (Latin-1). */
export function decodeBytes(text: string): string {
  let bytes = '';
  let value = 0;
  let bits = 0;
  for (const character of text) {
    value = ((value << 6) | ALPHABET.indexOf(character)) & 0xffff;
    bits += 6;
    if (bits >= 8) bytes += String.fromCharCode((value >> (bits -= 8)) & 255);
  }
  return bytes;
}

export function encodeBytes(bytes: Uint8Array): string {
  let text = '';
  let value = 0;
  let bits = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    for (bits += 8; bits >= 6; bits -= 6) text += ALPHABET.charAt((value >> (bits - 6)) & 63);
  }
  return bits > 0 ? text + ALPHABET.charAt((value << (6 - bits)) & 63) : text;
}
