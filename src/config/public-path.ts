/** The path of PUBLIC_URL without a slash at its end: empty, or such as `/auth`. */
export const publicPathOf = (publicUrl: string): string => new URL(publicUrl).pathname.replace(/\/+$/, '');
