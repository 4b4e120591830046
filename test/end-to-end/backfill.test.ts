/** `backfill` as a user starts it, against a CloudWatch Logs over HTTP and a real TCP receiver. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { backfillFrom as from, logGroup, readConfirmed, setUpBackfill as setUp } from './backfill.js';
import { runHere, start, writeManifest } from './command.js';
import { findMissing, readLines, toMessages } from './flow-logs.js';

test('a backfill killed twice and resumed sends every event, and twice only what was unconfirmed', async (t) => {
  const { logs, receiver, folder, args } = await setUp(t);
  const count = 1000;
  Object.assign(logs.rules, { eventsPerPage: 100, emptyShare: 0.1 });
  // Two log streams whose events alternate in time; the numbers go with the time.
  const messages = toMessages('k', 0, count);
  for (const [index, event] of messages.entries()) logs.put(logGroup, `eni-${index % 2}-all`, [event]);
  let confirmed = 0;
  let seen = 0;
  const readNew = () => {
    const lines = receiver.lines.slice(seen);
    seen += lines.length;
    return readLines(lines).map(({ number }) => number);
  };
  for (const enough of [100, 500]) {
    const { child, ended } = start(t, folder, args);
    while ((await readConfirmed(folder)) < enough) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGKILL');
    t.is((await ended).code, 'SIGKILL');
    const before = confirmed;
    confirmed = await readConfirmed(folder);
    const numbers = readNew();
    t.deepEqual(
      numbers.filter((number) => number < before),
      [],
    );
    const received = new Set(numbers);
    for (let number = before; number < confirmed; number++) t.true(received.has(number));
  }
  const { code, stderr } = await runHere(...args);
  t.is(code, 0, stderr);
  const numbers = readNew();
  t.deepEqual(
    [...new Set(numbers)].sort((left, right) => left - right),
    Array.from({ length: count - confirmed }, (_, index) => confirmed + index),
  );
  const last = /Read (\d+) log events .* after (\d+) in earlier runs\. Delivered (\d+) lines/.exec(stderr);
  t.deepEqual(last?.slice(1).map(Number), [count - confirmed, confirmed, count - confirmed], stderr);
  t.is(await readConfirmed(folder), 0);
});

test('SIGTERM in a backfill drains, keeps the place and ends with 1; the same command goes on without a repeat', async (t) => {
  const { logs, receiver, folder, args } = await setUp(t);
  logs.rules.eventsPerPage = 20;
  logs.put(logGroup, 'eni-k-all', toMessages('k', 0, 200));
  const { child, ended } = start(t, folder, args);
  await receiver.whenLines(60);
  child.kill('SIGTERM');
  const { code, stderr } = await ended;
  t.is(code, 1, stderr);
  const again = await runHere(...args);
  t.is(again.code, 0, again.stderr);
  t.deepEqual(findMissing(receiver.lines, 200), []);
  t.is(receiver.lines.length, 200);
});

test('a backfill that is stopped while CloudWatch Logs is away ends with why it did not go on', async (t) => {
  const { logs, folder, args } = await setUp(t);
  await logs.goAway();
  const { child, ended, stderr } = start(t, folder, args);
  while (!stderr().includes('ECONNREFUSED')) await sleep(20);
  child.kill('SIGTERM');
  const { code } = await ended;
  t.is(code, 1);
  t.regex(stderr().trimEnd().split('\n').at(-1) ?? '', / error The backfill is not complete; .*ECONNREFUSED/);
});

test('empty pages for longer than --give-up do not end a backfill while each leads to another', async (t) => {
  const { folder, args, input, output } = await setUp(t);
  let pages = 0;
  const service = createServer((request, response) => {
    request.resume();
    const more = ++pages <= 20 ? { nextToken: `page ${pages}` } : {};
    response.setHeader('content-type', 'application/x-amz-json-1.1').end(JSON.stringify({ events: [], ...more }));
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  t.teardown(() => service.close());
  const logsEndpoint = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  await writeManifest(folder, { input: { ...input, logsEndpoint }, output });
  // At the pace of the requests, the pages take 6 s.
  const { code, stderr } = await runHere(...args, '--give-up', '3');
  t.is(code, 0, stderr);
  t.is(pages, 21);
});

test('a second process at the same backfill is refused while the first lives', async (t) => {
  const { logs, folder, args } = await setUp(t);
  logs.fail({ operation: 'FilterLogEvents', error: 'hang' });
  const first = start(t, folder, args);
  while (logs.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const second = await runHere(...args);
  t.is(second.code, 1, second.stderr);
  first.child.kill('SIGKILL');
  await first.ended;
});

test('wrong usage of a backfill is one sentence and exit code 2', async (t) => {
  const { toArgs } = await setUp(t);
  const { code, stderr } = await runHere(...toArgs('--from', '2023-11-14T22:13:20', '--to', from));
  t.is(code, 2);
  t.is(stderr.trimEnd().split('\n').length, 1, stderr);
});
