/** Whether a URL leads to the local machine, and so cannot be reached from any other. */
export function isLocal(url: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0)$/.test(new URL(url).hostname);
}
