import jsQR from 'jsqr';
import { PNG } from 'pngjs';

/** The content that a camera reads from a screenshot. */
export function readQr(screenshot: Buffer): string | undefined {
  const { data, width, height } = PNG.sync.read(screenshot);
  // Some scanners also try inverted colours. A phone's camera does not.
  return jsQR(new Uint8ClampedArray(data), width, height, { inversionAttempts: 'dontInvert' })?.data;
}
