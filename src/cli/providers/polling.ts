/** How long to wait for what a provider does later, and how often to ask for it. */
export interface Polling {
  forMs: number;
  everyMs: number;
}
