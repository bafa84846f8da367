/**
 * The WhatsApp ID of a developer's phone that hides its number. It contains the number, so that answers to the ID
 * appear on that phone. No real ID begins with a zero, so no real user can receive a message for it.
 */
export function hiddenIdOf(e164: string): string {
  return `00${e164.slice(1)}@lid`;
}

/** The phone number in an ID that hiddenIdOf made; undefined for any other ID. */
export function phoneOfHidden(id: string): string | undefined {
  const digits = /^00([1-9]\d+)@lid$/.exec(id)?.[1];
  return digits === undefined ? undefined : `+${digits}`;
}
