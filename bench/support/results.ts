import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const figureSchema = z.object({
  name: z.string(),
  /** Null when there was no answer in time. */
  value: z.number().nullable(),
  /** Unit of an absolute figure; null for a ratio. */
  unit: z.string().nullable(),
  better: z.enum(['higher', 'lower']),
  /** Null for a figure without a goal. */
  goal: z.number().nullable(),
});

/** What one benchmark measured. */
export const measurementSchema = z.object({
  /** The environment variables that change how it measures. */
  settings: z.record(z.string(), z.union([z.string(), z.number()])),
  versions: z.record(z.string(), z.string()),
  figures: z.array(figureSchema),
  /** The lines that it printed. */
  output: z.array(z.string()),
});

export const resultSchema = measurementSchema.extend({
  /** Day, such as 2026-11-29. */
  measuredOn: z.iso.date(),
  machine: z.object({
    processor: z.string(),
    cores: z.number(),
    memoryGb: z.number(),
    system: z.string(),
    /** Load average of the minute before. Null when it was not recorded. */
    load: z.number().nullable(),
  }),
});

export type Figure = z.infer<typeof figureSchema>;
export type Measurement = z.infer<typeof measurementSchema>;
export type Result = z.infer<typeof resultSchema>;
/** By the name of the benchmark: its folder in bench/. */
export type Results = Record<string, Result>;

const FILE = new URL('../results.json', import.meta.url);

/** The results that are committed. */
export const readResults = (): Results =>
  z.record(z.string(), resultSchema).parse(JSON.parse(readFileSync(FILE, 'utf8')));

export const writeResults = (results: Results): void => writeFileSync(FILE, `${JSON.stringify(results, null, 2)}\n`);

/** Whether a figure meets its goal. */
export const isMet = ({ value, better, goal }: Figure): boolean =>
  goal === null || (value !== null && (better === 'higher' ? value >= goal : value <= goal));
