/** Whether a URL leads to the machine it is used on, and nowhere for anybody else. */
export function isLocal(url: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0)$/.test(new URL(url).hostname);
}
