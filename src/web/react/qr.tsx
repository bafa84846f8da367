import { useMemo } from 'react';
import { encode } from 'uqr';

/** Whole pixels a module: edges that fall between two blur, and some scanners give up. */
const MODULE_PX = 6;

/** A QR as an SVG path: black on white with a quiet zone, whatever the page's colours are, or cameras will not see it. */
export function Qr({ payload, label }: { payload: string; label: string }) {
  const { size, path } = useMemo(() => drawn(payload), [payload]);
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

/** Four modules of quiet zone: ISO/IEC 18004, 5.3.8. */
function drawn(payload: string): { size: number; path: string } {
  const { data, size } = encode(payload, { ecc: 'M', border: 4 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return { size, path };
}
