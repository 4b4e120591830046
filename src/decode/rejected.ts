/** A part of a record that cannot be used, with its own bytes only: nothing of it is in an envelope as well. */
export interface Rejected {
  readonly reason: RejectReason;
  /** What was expected and what came, for a person. */
  readonly detail: string;
  /** Can be decoded as a record of its own, which is how a replay tries again. */
  readonly data: Uint8Array;
  /** Where it came from, where that is known. */
  readonly logGroup?: string;
}

export type RejectReason =
  | 'empty'
  | 'too-large'
  | 'bad-gzip'
  | 'too-many-members'
  | 'bad-json'
  | 'not-a-payload'
  | 'bad-event'
  | 'too-many-events'
  | 'too-many-values'
  | 'too-many-rejected';
