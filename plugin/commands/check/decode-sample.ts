/**
 * Decodes the records of a sample one after the other, with a turn of the event loop between them, and keeps of each as much
 * as a person reads: hundreds of records that are expanded at the same time may take gigabytes.
 */
import { setImmediate } from 'node:timers/promises';
import { type DecodeCaps, type DecodedRecord, decodeRecord } from '../../../src/decode/decode-record.js';
import type { Envelope } from '../../../src/envelope.js';

/** Log events that are kept of an envelope. */
const maxEvents = 100;
/** Characters of messages that are kept of all records. */
const maxChars = 16 * 1024 * 1024;

export async function decodeSample(
  records: readonly { readonly data: Uint8Array }[],
  caps: DecodeCaps,
): Promise<DecodedRecord[]> {
  let chars = 0;
  const cut = (envelope: Envelope): Envelope => {
    const events = envelope.events.slice(0, maxEvents).filter(({ message }) => {
      const isKept = chars + message.length <= maxChars;
      if (isKept) chars += message.length;
      return isKept;
    });
    return { ...envelope, events };
  };
  const decoded: DecodedRecord[] = [];
  for (const { data } of records) {
    // The worst records take a quarter of a second each.
    await setImmediate();
    const { envelopes, controlMessages, rejected } = decodeRecord(data, caps);
    decoded.push({
      envelopes: envelopes.slice(0, maxEvents).map(cut),
      controlMessages,
      // The bytes of a part keep those of the whole record in memory.
      rejected: rejected.map((part) => ({ ...part, data: new Uint8Array() })),
    });
  }
  return decoded;
}
