import { describe, expect, test } from 'vitest';
import { createProgress, drawBar } from './progress.js';

function createTerminal(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  let now = 0;
  const progress = createProgress({ isTTY, columns, write: (text) => written.push(text) }, () => now);
  return { written, progress, pass: (ms: number) => (now += ms) };
}

describe('drawBar', () => {
  test.each([
    [0, 200, 'reading [------------------------------] 0 %'],
    [99, 200, 'reading [##############----------------] 49 %'],
    [200, 200, 'reading [##############################] 100 %'],
    [300, 200, 'reading [##############################] 100 %'], // the file has grown since its size was read
    [0, 0, 'reading [##############################] 100 %'],
  ])('draws %i of %i as %s', (done, total, bar) => {
    expect(drawBar('reading', done, total)).toBe(bar);
  });

  test('shows the megabytes read where the total is unknown', () => {
    expect(drawBar('reading', 12_340_000, undefined)).toBe('reading 12.3 MB');
  });
});

describe('createProgress', () => {
  test('draws the bar over itself at most ten times a second, and erases it once', () => {
    const { written, progress, pass } = createTerminal(true);
    progress.show('reading', 1, 4);
    progress.show('reading', 2, 4);
    pass(100);
    progress.show('reading', 3, 4);
    progress.clear();
    progress.clear();
    expect(written).toEqual([
      `\r\u001B[K${drawBar('reading', 1, 4)}`,
      `\r\u001B[K${drawBar('reading', 3, 4)}`,
      '\r\u001B[K',
    ]);
  });

  test('cuts the bar to one line of a narrow terminal', () => {
    const { written, progress } = createTerminal(true, 20);
    progress.show('reading', 1, 4);
    expect(written).toEqual([`\r\u001B[K${drawBar('reading', 1, 4).slice(0, 19)}`]);
  });

  test('draws nothing if there is no terminal', () => {
    const { written, progress } = createTerminal(false);
    progress.show('reading', 1, 4);
    progress.clear();
    expect(written).toEqual([]);
  });
});
