/**
 * Words that people build secrets from, with keyboard rows and years. A random secret contains a short one by chance, and
 * loses only a few characters by it.
 */
const WORDS = `
  secret token password passwort passphrase passw0rd p@ssw0rd p@ssword pass hidden private key hmac jwt sha256 256 512 128 bits bit
  salt hash random hex base64 openssl phonegate gateway phone gate webhook hook callback greenapi green kavenegar melipayamak whatsapp
  health operator server service instance database api app sms otp code login signin production development staging prod dev local
  default demonstration demo example sample benchmark tests test invented fake dummy temporary temp public internal file change
  replace please insert enter here put set use generate keep safe know learn super top ultra very long short strong weak good enough
  another other more once first third one two all not only never must shall have has been shown taken sees details characters signing
  attacker backend admin root user guest master company letmein welcome iloveyou dragon monkey football sunshine princess hunter2
  correct horse battery staple lorem ipsum dolor hello world foo bar baz deadbeef cafebabe qwertyuiop qwertyui qwerty asdfghjkl asdfgh
  asdf zxcvbnm zxcv 1q2w3e4r q1w2e3r4 1qaz2wsx this that which whose with your ours our the and for from who new old my me we of to be
  is it in on an as
`
  .trim()
  .split(/\s+/);

const SEPARATORS = /[\s"'`(),.:;=_-]/g;
const BY_LENGTH = WORDS.toSorted((a, b) => b.length - a.length);
/** Longer words first: the `as` in `asecret` would hide the `secret`. */
const LONG_WORD = new RegExp(BY_LENGTH.filter((word) => word.length >= 4).join('|'), 'g');
const SHORT_WORD_OR_YEAR = new RegExp(
  [...BY_LENGTH.filter((word) => word.length < 4), String.raw`20\d\d`].join('|'),
  'g',
);
/** Stands for what was removed, so that no new word arises around it. */
const GAP = '\n';
const SHORTEST_RUN = 3;
/** A longer secret is judged by its beginning. */
const JUDGED_CHARACTERS = 512;

/**
 * What is left of a secret without the parts that an attacker tries first: common words, sequences such as `1234` and
 * `aabbcc`, and repetitions.
 */
export function withoutGuessableParts(secret: string): string {
  const letters = secret.slice(0, JUDGED_CHARACTERS).toLowerCase().replaceAll(SEPARATORS, '');
  const withoutWords = letters
    .replaceAll(LONG_WORD, GAP)
    .replaceAll(SHORT_WORD_OR_YEAR, GAP)
    .replaceAll(/(.)\1+/g, '$1');
  return withoutRepetitions(withoutRuns(withoutWords)).replaceAll(GAP, '');
}

/** Without runs of characters that follow each other, up or down. */
function withoutRuns(text: string): string {
  let rest = '';
  for (let start = 0; start < text.length;) {
    const step = text.charCodeAt(start + 1) - text.charCodeAt(start);
    let end = start + 1;
    while (Math.abs(step) === 1 && text.charCodeAt(end) - text.charCodeAt(end - 1) === step) end += 1;
    rest += end - start >= SHORTEST_RUN ? GAP : text.slice(start, end);
    start = end;
  }
  return rest;
}

/** Without every group of three characters that occurred before. */
function withoutRepetitions(text: string): string {
  const seen = new Set<string>();
  const repeated = new Set<number>();
  for (let start = 0; start + 3 <= text.length; start += 1) {
    const group = text.slice(start, start + 3);
    if (seen.has(group)) for (const offset of [0, 1, 2]) repeated.add(start + offset);
    seen.add(group);
  }
  return text.replaceAll(/./gs, (character, index: number) => (repeated.has(index) ? '' : character));
}
