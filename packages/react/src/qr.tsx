import type { QrCode } from './draw-qr.js';

/** A whole number of pixels for each module: blurred edges make some scanners fail. */
const MODULE_PX = 6;

export function Qr({ qr: { size, path }, label }: { qr: QrCode; label: string }) {
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
