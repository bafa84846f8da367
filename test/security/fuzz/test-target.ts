import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const CORPUS = join(import.meta.dirname, '../corpus');
/** Set by `npm run security`. Without it, only the corpus is tried. */
const SECONDS = Number(process.env['SECURITY_FUZZ_SECONDS'] ?? 0);
/** A failure prints its seed. The same seed gives the same inputs again. */
const SEED = Number(process.env['SECURITY_FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const TIME_TO_START_AND_SHRINK_MS = 60_000;

/** A part of the gateway that reads what strangers write. */
export interface Target<Input> {
  /** The name of its folder in the corpus. */
  name: string;
  random: fc.Arbitrary<Input>;
  /** The inputs in a file of the corpus. */
  parse(file: Buffer): Input[];
  /** Rejects if the input broke a rule. */
  check(input: Input): Promise<void>;
  /** Rejects if the gateway no longer works after all inputs. */
  checkAfterwards?(): Promise<void>;
}

/** The files of a target's corpus, by name. */
export const readCorpus = (name: string): [name: string, file: Buffer][] =>
  readdirSync(join(CORPUS, name)).map((file) => [file, readFileSync(join(CORPUS, name, file))]);

/** Registers the tests of a target: its corpus always, and random inputs for SECURITY_FUZZ_SECONDS if that is set. */
export function testTarget<Input>({ name, random, parse, check, checkAfterwards }: Target<Input>): void {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  beforeAll(() => void process.on('unhandledRejection', note));
  afterAll(() => void process.off('unhandledRejection', note));

  async function checkInput(input: Input): Promise<void> {
    await check(input);
    expect(unhandled, 'promises that were rejected and not handled').toEqual([]);
  }

  describe(name, () => {
    test.each(readCorpus(name))('withstands the corpus: %s', async (_, file) => {
      const inputs = parse(file);
      expect(inputs.length).toBeGreaterThan(0);
      for (const input of inputs) await checkInput(input);
    });

    if (SECONDS > 0)
      test(
        `withstands random inputs for ${SECONDS} s (SECURITY_FUZZ_SEED=${SEED})`,
        { timeout: SECONDS * 1000 + TIME_TO_START_AND_SHRINK_MS },
        async () => {
          let tried = 0;
          const property = fc.asyncProperty(random, (input) => {
            tried += 1;
            return checkInput(input);
          });
          await fc.assert(property, {
            seed: SEED,
            numRuns: Number.MAX_SAFE_INTEGER,
            interruptAfterTimeLimit: SECONDS * 1000,
            markInterruptAsFailure: false,
          });
          console.log(`${name}: ${tried} random inputs, seed ${SEED}`);
        },
      );

    test('works afterwards', async () => {
      await checkAfterwards?.();
      expect(unhandled).toEqual([]);
    });
  });
}
