/** How many staged lines add a user, change one, and change nothing. */
export interface Counts {
  new: number;
  changed: number;
  unchanged: number;
}

export function countsOf({ added, changed, lines }: { added: number; changed: number; lines: number }): Counts {
  return { new: added, changed, unchanged: lines - added - changed };
}
