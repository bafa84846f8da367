import { encode } from 'uqr';

/** A QR code to draw. Black on white also on dark pages, as cameras need it. */
export interface QrCode {
  /** A complete `<svg>` element without a size of its own, as text. It contains no user's text. */
  svg: string;
  /** The dark modules, as the `d` of an SVG `<path>`: each module is a square of 1 × 1. */
  path: string;
  /** Width and height in modules, with the white border that scanners need. */
  size: number;
}

/** The border is the quiet zone of four modules that ISO/IEC 18004, 5.3.8 asks for. */
export function drawQr(payload: string): QrCode {
  const { data, size } = encode(payload, { ecc: 'M', border: 4 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">` +
    `<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path}"/></svg>`;
  return { svg, path, size };
}
