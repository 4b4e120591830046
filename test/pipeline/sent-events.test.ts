import test from 'ava';
import { toFormatList } from '../../src/flow-log/format-list.js';
import { createFixedFormats } from '../../src/flow-log/format-source.js';
import { createFastLines } from '../../src/pipeline/fast-lines.js';
import { processRecord } from '../../src/pipeline/process-record.js';
import { SentEvents } from '../../src/pipeline/sent-events.js';
import { PluginEmitter } from '../../src/report/events.js';
import { Counters } from '../../src/report/stats.js';
import { createLineFormatter } from '../../src/snare/line.js';
import { event, payload } from '../fixtures/payloads.js';

test('an event with the id of another is a repeat only with its time and message, on both paths', async (t) => {
  const other = event.message.replace(' 6 ', ' 17 ');
  t.not(other, event.message);
  const forged = [
    { ...event, message: other },
    { ...event, timestamp: event.timestamp + 1 },
    { ...event, message: 'no flow log' },
    { ...event, message: `${event.message}"` },
    { ...event, id: `${event.id}","timestamp":${event.timestamp},"message":"${event.message.slice(0, 5)}` },
  ];
  for (const [first, second] of [
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ] as const) {
    const sent = new SentEvents(() => {});
    const isFast = `${first} ${second}`;
    t.is(await send(sent, [event], first), 1, isFast);
    t.is(await send(sent, [event], second), 0, isFast);
    t.is(await send(sent, forged, second), forged.length, isFast);
    t.is(await send(sent, [event, ...forged], first), 0, isFast);
  }
});

/** How many of the events are sent. */
async function send(sent: SentEvents, logEvents: readonly object[], isFast: boolean): Promise<number> {
  const formats = toFormatList([]);
  const sending = sent.begin();
  const formatLine = createLineFormatter({ format: 'snare' });
  const data = Buffer.from(JSON.stringify({ ...payload, logEvents }));
  const { lines, rows } = await processRecord(
    { shardId: 's', sequenceNumber: '1', data, readMs: 0, arrivalMs: undefined, ack: () => {} },
    {
      caps: { maxRecordBytes: data.length, maxEventsPerRecord: 10 },
      formats: createFixedFormats(formats),
      unparsed: 'generic',
      clock: { offsetMinutes: () => 0 } as never,
      counters: new Counters(),
      events: new PluginEmitter(),
      toLines: isFast
        ? createFastLines({ formatLine, maxLineBytes: 100_000, maxEvents: 10, needsRows: true })
        : undefined,
      sending,
    },
  );
  const count = [...rows].length;
  if (isFast && !lines) throw new TypeError('The fast path has to take it');
  sending.commit();
  return count;
}
