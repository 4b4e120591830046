/**
 * The log events that went out, for a bounded number of them: with gaps that are healed, the stream and CloudWatch Logs
 * may both give an event. One counts as sent once the record that it came in was taken, so that a record that is tried
 * again is whole. Records are to come one after the other.
 */
import type { Envelope, LogEvent } from '../src/decode/envelope.js';
import { EventIds } from '../src/event-ids.js';

/** Half a million for certain, in 32 MiB. */
const capacity = 2 ** 19;

export interface Sending {
  /** The envelopes without the events that were sent before. */
  select(envelopes: readonly Envelope[]): readonly Envelope[];
  /** What was selected is sent. */
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
    let selected: readonly Envelope[] = [];
    return {
      select: (envelopes) => {
        selected = envelopes.map((envelope) => {
          const source = toSource(envelope);
          const events = envelope.events.filter(({ id }) => id === '' || !this.#ids.has(source, id));
          return events.length === envelope.events.length ? envelope : { ...envelope, events };
        });
        const repeats = countEvents(envelopes) - countEvents(selected);
        if (repeats > 0) this.#onRepeats(repeats);
        return selected;
      },
      commit: () => {
        for (const envelope of selected) this.#add(toSource(envelope), envelope.events);
      },
    };
  }

  #add(source: string, events: readonly LogEvent[]): void {
    for (const { id } of events) if (id !== '') this.#ids.add(source, id);
  }
}

function toSource({ logGroup, logStream }: Envelope): string {
  return `${logGroup}\n${logStream}`;
}

function countEvents(envelopes: readonly Envelope[]): number {
  return envelopes.reduce((sum, { events }) => sum + events.length, 0);
}
