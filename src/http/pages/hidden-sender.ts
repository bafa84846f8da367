/**
 * The WhatsApp id of a developer's phone that hides its number. It contains the number, so that answers to the id are shown on
 * that phone. No real id begins with a zero, so no real user can receive a message by it.
 */
export function hiddenIdOf(e164: string): string {
  return `00${e164.slice(1)}@lid`;
}

/** The phone number in an id that hiddenIdOf made; undefined for any other id. */
export function phoneOfHidden(id: string): string | undefined {
  const digits = /^00([1-9]\d+)@lid$/.exec(id)?.[1];
  return digits === undefined ? undefined : `+${digits}`;
}
