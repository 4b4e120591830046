/**
 * Finds the array of log events in the text of a record, and the envelope around it. What is around is small, and the JSON
 * parser of Node reads it with the events cut out, so that only the events themselves are walked through by hand.
 */
export interface FoundEnvelope {
  /** The envelope with an empty array of events. */
  readonly text: string;
  /** The first byte behind the opening bracket of the array. */
  readonly eventsStart: number;
  /** The closing bracket, if what is between is an array of objects whose values are strings and numbers. */
  readonly eventsEnd: number;
}

const KEY = Buffer.from('"logEvents"');
const OPENING = Buffer.from('"logEvents":[');
const CLOSING = Buffer.from('}]');

/** @param text plain ASCII without a backslash, so that a quote in it always begins or ends a string */
export function findEnvelope(text: Buffer): FoundEnvelope | undefined {
  const opening = text.indexOf(OPENING);
  if (opening === -1) return undefined;
  const eventsStart = opening + OPENING.length;
  const closing = text.lastIndexOf(CLOSING);
  // Another key of that name could be the one that counts.
  if (closing < eventsStart || text.indexOf(KEY) !== opening || text.indexOf(KEY, closing) !== -1) return undefined;
  const eventsEnd = closing + 1;
  return { text: text.toString('latin1', 0, eventsStart) + text.toString('latin1', eventsEnd), eventsStart, eventsEnd };
}
