import jsQR from 'jsqr';
import { PNG } from 'pngjs';

/** The package exports this function itself; its types say that the function is its property `default`. */
const read = jsQR as unknown as typeof jsQR.default;

/** The content that a camera reads from a screenshot. */
export function readQr(screenshot: Buffer): string | undefined {
  const { data, width, height } = PNG.sync.read(screenshot);
  // Some scanners also try inverted colours. A phone's camera does not.
  return read(new Uint8ClampedArray(data), width, height, { inversionAttempts: 'dontInvert' })?.data;
}
