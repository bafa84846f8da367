// Pictures that can be read on a light and on a dark page: text stands on a filled box or label only, and lines are of a middle grey.

export interface Box {
  x: number;
  y: number;
  width: number;
  height?: number;
  title: string;
  /** A line each, in smaller letters. */
  lines?: readonly string[];
  colour: keyof typeof COLOURS;
}

type Point = readonly [x: number, y: number];

const COLOURS = {
  green: '#0b6b4f',
  blue: '#2b5c8a',
  violet: '#64508f',
  brown: '#86542b',
  grey: '#4d5866',
  red: '#9c3a3a',
};
const LINE = '#8391a7';
const FONT = 'font-family="system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif"';
const HEIGHT = 48;

export const svg = (size: { width: number; height: number; title: string }, parts: readonly string[]): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img" ${FONT}>`,
    `<!-- Printed by "npm run docs:reference" from scripts/reference/. Do not edit. -->`,
    `<title>${size.title}</title>`,
    `<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="${LINE}"/></marker></defs>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');

export function box({ x, y, width, height = HEIGHT, title, lines = [], colour }: Box): string {
  const middle = x + width / 2;
  const first = y + height / 2 + 5 - (lines.length * 16) / 2;
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8" fill="${COLOURS[colour]}"/>`,
    `<text x="${middle}" y="${first}" text-anchor="middle" font-size="15" font-weight="600" fill="#fff">${title}</text>`,
    ...lines.map(
      (line, index) =>
        `<text x="${middle}" y="${first + 17 * (index + 1)}" text-anchor="middle" font-size="12" fill="#fff">${line}</text>`,
    ),
  ].join('\n');
}

/** A dashed frame around boxes, with its title on the upper edge. */
export const boundary = ({ x, y, width, height, title }: Boundary): string =>
  [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="12" fill="none" stroke="${LINE}" stroke-width="2" stroke-dasharray="8 6"/>`,
    pill(title, [x + width / 2, y]),
  ].join('\n');

interface Boundary {
  x: number;
  y: number;
  width: number;
  height: number;
  title: string;
}

/** A line through points, with a tip at its end. */
export function arrow(
  points: readonly Point[],
  { label, at, both = false, dashed = false }: ArrowOptions = {},
): string {
  const path = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');
  const line = `<path d="${path}" fill="none" stroke="${LINE}" stroke-width="2"${dashed ? ' stroke-dasharray="5 4"' : ''} marker-end="url(#tip)"${both ? ' marker-start="url(#tip)"' : ''}/>`;
  if (label === undefined) return line;
  const [from, to] = [points[0] ?? [0, 0], points.at(-1) ?? [0, 0]];
  const [x, y] = at ?? [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
  return `${line}\n${pill(label, [x, y])}`;
}

interface ArrowOptions {
  label?: string;
  /** The middle of the label, instead of the middle of the line. */
  at?: Point;
  both?: boolean;
  dashed?: boolean;
}

function pill(label: string, [x, y]: Point): string {
  const width = label.length * 6.6 + 16;
  return [
    `<rect x="${x - width / 2}" y="${y - 10}" width="${width}" height="20" rx="10" fill="#eef1f5" stroke="#c5ccd6"/>`,
    `<text x="${x}" y="${y + 4}" text-anchor="middle" font-size="12" fill="#26303d">${label}</text>`,
  ].join('\n');
}
