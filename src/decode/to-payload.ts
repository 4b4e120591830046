/**
 * The way back from log events to a subscription payload: so that a single message that was set aside is kept in the
 * form in which it came, and whatever reads payloads can read it again.
 */
import type { EnvelopeSource } from '../envelope.js';

/**
 * Plain JSON in UTF-8, a DATA_MESSAGE with just these events, written as they stand; `decodeRecord` gives a LogEvent
 * back unchanged, one without a timestamp too.
 */
export function toPayload(source: EnvelopeSource, events: readonly unknown[]): Buffer {
  const { owner, logGroup, logStream, subscriptionFilters } = source;
  return Buffer.from(
    JSON.stringify({
      messageType: 'DATA_MESSAGE',
      owner,
      logGroup,
      logStream,
      subscriptionFilters,
      logEvents: events,
    }),
  );
}
