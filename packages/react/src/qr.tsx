import { useMemo } from 'react';
import { encode } from 'uqr';

/** A whole number of pixels for each module: blurred edges make some scanners fail. */
const MODULE_PX = 6;

/** A QR code as an SVG path. Black on white also on dark pages, as cameras need it. */
export function Qr({ payload, label }: { payload: string; label: string }) {
  const { size, path } = useMemo(() => draw(payload), [payload]);
  return (
    <svg
      className="phonegate-qr"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      width={size * MODULE_PX}
    >
      <path fill="#fff" d={`M0 0h${size}v${size}H0z`} />
      <path fill="#000" d={path} />
    </svg>
  );
}

/** The border is the quiet zone of four modules that ISO/IEC 18004, 5.3.8 asks for. */
function draw(payload: string): { size: number; path: string } {
  const { data, size } = encode(payload, { ecc: 'M', border: 4 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return { size, path };
}
