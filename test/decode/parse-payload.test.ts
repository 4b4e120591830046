import test from 'ava';
import { decodeRecord } from '../../src/decode/decode-record.js';
import { toPayload } from '../../src/decode/parse-payload.js';
import { event, payload, source } from '../fixtures/payloads.js';

const caps = { maxRecordBytes: 1024 * 1024, maxEventsPerRecord: 1000 };

test('the payload is what CloudWatch Logs would have sent for these events', (t) => {
  t.is(toPayload({ ...source }, [event]).toString(), JSON.stringify(payload));
});

test('only the source of an envelope is taken, not its other events', (t) => {
  const envelope = { ...source, events: [event, { ...event, message: 'another' }] };
  const { envelopes } = decodeRecord(toPayload(envelope, [event]), caps);
  t.deepEqual(envelopes, [{ ...source, events: [event] }]);
});

for (const message of ['', '\u0000\u001b[31m\n"\\', '\ud800 alone', '日本語', event.message]) {
  test(`a message of ${JSON.stringify(message)} comes back unchanged`, (t) => {
    const events = [{ id: '', timestamp: undefined, message }];
    const { envelopes } = decodeRecord(toPayload(source, events), caps);
    t.deepEqual(envelopes, [{ ...source, events }]);
  });
}
