import { z } from 'zod';

const COLOUR = /^(#([\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})|(rgba?|hsla?|oklch|oklab)\([\d\s.,%/deg-]{1,60}\))$/i;
const COLOUR_FORM = 'a colour such as #0b6b4f or rgb(11, 107, 79)';
const THEME: Record<string, { form: RegExp; mustBe: string }> = {
  accent: { form: COLOUR, mustBe: COLOUR_FORM },
  'on-accent': { form: COLOUR, mustBe: COLOUR_FORM },
  'dark-accent': { form: COLOUR, mustBe: COLOUR_FORM },
  'dark-on-accent': { form: COLOUR, mustBe: COLOUR_FORM },
  radius: { form: /^(0|\d{0,3}(\.\d{1,3})?(px|rem|em))$/, mustBe: 'a length such as 8px or 0.5rem' },
  font: {
    form: /^[\p{L}\d-]+( [\p{L}\d-]+)*(, ?[\p{L}\d-]+( [\p{L}\d-]+)*)*$/u,
    mustBe: 'names of fonts, such as Inter, sans-serif',
  },
};

/**
 * `accent=#0a7;radius=4px`. The values become CSS of the login page, so a value must not end a declaration or load a
 * resource.
 */
export const loginTheme = z.string().transform((value, context) => {
  const parsed = new Map<string, string>();
  for (const part of value.split(';').filter((text) => text.trim() !== '')) {
    const [name = '', setting = '', ...rest] = part.split('=').map((text) => text.trim());
    const known = Object.hasOwn(THEME, name) ? THEME[name] : undefined;
    if (!known) context.addIssue(`"${name}" cannot be set. The settings are ${Object.keys(THEME).join(', ')}`);
    else if (rest.length > 0 || setting.length > 200 || !known.form.test(setting))
      context.addIssue(`"${name}" must be ${known.mustBe}`);
    parsed.set(name, setting);
  }
  return parsed;
});
