/** The name of the service does not resolve, for as long as an outage of DNS takes. */
import dns from 'node:dns';
import test from 'ava';
import { startReading, startService, streamName } from './reading.js';

const name = 'kinesis.test';
const outageMs = 600_000;
type Found = (error: Error | null, address?: unknown, family?: number) => void;

/** The resolver of this thread for the one name, as Node asks it for each new connection. */
function fakeNames() {
  const names = { isDown: false, failed: 0 };
  const { lookup } = dns;
  const answer = (host: string, options: { readonly all?: boolean }, found: Found) => {
    if (host !== name) return lookup(host, options as never, found as never);
    if (names.isDown) {
      const code = names.failed++ % 2 ? 'ENOTFOUND' : 'EAI_AGAIN';
      setImmediate(found, Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code }));
    } else if (options.all) setImmediate(found, null, [{ address: '127.0.0.1', family: 4 }]);
    else setImmediate(found, null, '127.0.0.1', 4);
  };
  Object.assign(dns, { lookup: answer });
  return names;
}

const names = fakeNames();

test.serial('DNS that fails for ten minutes in mid-run costs time and nothing else', async (t) => {
  names.isDown = false;
  const service = await startService(t, 2);
  const { clock, kinesis } = service;
  const put = (from: number) => {
    for (let i = from; i < from + 20; i++) kinesis.put(streamName, `${i}`, `${i}`);
  };
  put(0);
  const endpoint = kinesis.endpoint.replace('127.0.0.1', name);
  const reading = startReading(t, service, { api: service.createApi({ endpoint }) });
  await clock.advanceUntil(() => reading.taken.length === 20);
  names.isDown = true;
  kinesis.cutConnections();
  const { length: requests } = kinesis.requests;
  put(20);
  await clock.advance(outageMs);
  t.is(kinesis.requests.length, requests);
  t.is(reading.taken.length, 20);
  t.true(reading.faults.every(({ code }) => code === 'transient'));
  t.true(reading.faults.some(({ message }) => message.includes('ENOTFOUND')));
  // Two shards and the list of shards, each with pauses of 15 to 30 s in the end.
  t.true(reading.faults.length > 3 * 20 && reading.faults.length < 3 * 50, `${reading.faults.length}`);
  names.isDown = false;
  await clock.advanceUntil(() => reading.taken.length === 40, 31_000);
  t.deepEqual(
    [...reading.texts()].map(Number).toSorted((a, b) => a - b),
    [...Array(40).keys()],
  );
  await clock.advance(31_000);
  t.deepEqual(new Set(reading.recoveries.map(({ shardId }) => shardId)).size, 3);
});

test.serial('DNS that fails for ten minutes at the start is waited out', async (t) => {
  names.isDown = true;
  const service = await startService(t);
  const { clock, kinesis } = service;
  kinesis.put(streamName, 'one', 'key');
  const endpoint = kinesis.endpoint.replace('127.0.0.1', name);
  const reading = startReading(t, service, { api: service.createApi({ endpoint }) });
  await clock.advance(outageMs);
  t.true(reading.faults.length > 20);
  names.isDown = false;
  await clock.advanceUntil(() => reading.taken.length === 1, 31_000);
  t.deepEqual(reading.texts(), ['one']);
});
