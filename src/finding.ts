/** The result of one check of `phonegate doctor`. */
export interface Finding {
  /** Subject of the check, such as "database" or "green-api". */
  about: string;
  level: 'ok' | 'warning' | 'problem';
  message: string;
  /** How to correct it. */
  advice?: string;
}

export const ok = (about: string, message: string): Finding => ({ about, level: 'ok', message });

export const warning = (about: string, message: string, advice: string): Finding => ({
  about,
  level: 'warning',
  message,
  advice,
});

export const problem = (about: string, message: string, advice: string): Finding => ({
  about,
  level: 'problem',
  message,
  advice,
});
