/**
 * The log events that went out, for a bounded number of them: with gaps that are healed, the stream and CloudWatch Logs
 * may both give an event. One counts as sent once the record that it came in was taken, so that a record that is tried
 * again is whole. Records are to come one after the other.
 */
import type { Envelope, LogEvent } from '../envelope.js';
import { EventIds } from '../event-ids.js';

/** Half a million for certain, in 32 MiB. */
const capacity = 2 ** 19;

export interface Sending {
  /** The events that were sent before. */
  readonly findRepeats: (envelopes: readonly Envelope[]) => ReadonlySet<LogEvent>;
  /** All others are sent. */
  commit(): void;
}

export class SentEvents {
  readonly #ids = new EventIds(capacity);
  readonly #onRepeats: (events: number) => void;

  /** @param onRepeats called with the number of events that were left out of a record */
  constructor(onRepeats: (events: number) => void) {
    this.#onRepeats = onRepeats;
  }

  /** For one attempt at one record. */
  begin(): Sending {
    const repeats = new Set<LogEvent>();
    let looked: readonly Envelope[] = [];
    return {
      findRepeats: (envelopes) => {
        looked = envelopes;
        for (const envelope of envelopes) {
          const source = toSource(envelope);
          for (const event of envelope.events) {
            if (event.id !== '' && this.#ids.has(source, event.id)) repeats.add(event);
          }
        }
        if (repeats.size > 0) this.#onRepeats(repeats.size);
        return repeats;
      },
      commit: () => {
        for (const envelope of looked) {
          const source = toSource(envelope);
          for (const { id } of envelope.events) if (id !== '') this.#ids.add(source, id);
        }
      },
    };
  }
}

function toSource({ logGroup, logStream }: Envelope): string {
  return `${logGroup}\n${logStream}`;
}
