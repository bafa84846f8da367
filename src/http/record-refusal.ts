/** Records, as a guard event, that the server refused what a client network sent. */
export type RecordRefusal = (refused: { rule: 'connections' | 'requests'; ip: string | undefined }) => void;
