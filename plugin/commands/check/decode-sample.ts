/**
 * Decodes the records of a sample one by one and yields to the event loop in between. Of each record it keeps only what a
 * person reads: hundreds of records decompressed at the same time may take gigabytes.
 */
import { setImmediate } from 'node:timers/promises';
import { type DecodeCaps, type DecodedRecord, decodeRecord } from '../../../src/decode/decode-record.js';
import type { Envelope } from '../../../src/envelope.js';

/** Most log events that are kept from one envelope. */
const maxEvents = 100;
/** Most characters of messages that are kept from all records together. */
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
    // The largest records take a quarter of a second each.
    await setImmediate();
    const { envelopes, controlMessages, rejected } = decodeRecord(data, caps);
    decoded.push({
      envelopes: envelopes.slice(0, maxEvents).map(cut),
      controlMessages,
      // A part shares the memory of the whole record, so its bytes are dropped.
      rejected: rejected.map((part) => ({ ...part, data: new Uint8Array() })),
    });
  }
  return decoded;
}
