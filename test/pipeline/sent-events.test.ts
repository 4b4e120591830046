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
    const sent = createSent();
    const isFast = `${first} ${second}`;
    t.is(await send(sent, [event], first), 1, isFast);
    t.is(await send(sent, [event], second, true), 0, isFast);
    t.is(await send(sent, forged, second), forged.length, isFast);
    t.is(await send(sent, [event, ...forged], first), 0, isFast);
  }
});

test('while nothing is fetched, no event is a repeat; a fetched one is compared with what was sent before, and then all are', async (t) => {
  let repeats = 0;
  const sent = createSent((events) => {
    repeats += events;
  });
  const more = { ...event, id: 'another' };
  t.is(await send(sent, [event], true), 1);
  t.is(await send(sent, [event], true), 1);
  t.is(sent.begin(), undefined);
  t.is(await send(sent, [event, more], true, true), 1);
  t.is(await send(sent, [event, more], true), 0);
  t.is(repeats, 3);
});

test('once as many events as are remembered were sent behind the last fetched one, none is compared any more', async (t) => {
  const sent = createSent(() => {}, 1024);
  await send(sent, [event], true, true);
  const events = Array.from({ length: 128 }, (_, index) => ({ ...event, id: `of ${index}` }));
  for (let round = 0; round < 8; round++) {
    t.not(sent.begin(), undefined);
    await send(
      sent,
      events.map((one) => ({ ...one, id: `${round} ${one.id}` })),
      true,
    );
  }
  t.is(sent.begin(), undefined);
});

function createSent(onRepeats: (events: number) => void = () => {}, capacity = 4096): SentEvents {
  return new SentEvents({ caps: { maxRecordBytes: 1_000_000, maxEventsPerRecord: 10_000 }, onRepeats, capacity });
}

/** How many of the events are sent. */
async function send(
  sent: SentEvents,
  logEvents: readonly object[],
  isFast: boolean,
  isFetched = false,
): Promise<number> {
  const formats = toFormatList([]);
  const formatLine = createLineFormatter({ format: 'snare' });
  const data = Buffer.from(JSON.stringify({ ...payload, logEvents }));
  const record = { shardId: 's', sequenceNumber: '1', data, readMs: 0, arrivalMs: undefined, isFetched, ack: () => {} };
  await sent.prepare(record);
  const { lines, rows } = await processRecord(record, {
    caps: { maxRecordBytes: data.length, maxEventsPerRecord: 10_000 },
    formats: createFixedFormats(formats),
    unparsed: 'generic',
    clock: { offsetMinutes: () => 0 } as never,
    counters: new Counters(),
    events: new PluginEmitter(),
    toLines: isFast
      ? createFastLines({ formatLine, maxLineBytes: 100_000, maxEvents: 10_000, needsRows: true })
      : undefined,
    sending: sent.begin(),
  });
  const count = [...rows].length;
  if (isFast && !lines) throw new TypeError('The fast path has to take it');
  sent.commit(record);
  return count;
}
