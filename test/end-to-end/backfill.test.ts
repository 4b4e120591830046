/** `backfill` as a user starts it, against a CloudWatch Logs over HTTP and a real TCP receiver. */
import { readdir } from 'node:fs/promises';
import test from 'ava';
import { backfillFrom as from, logGroup, setUpBackfill as setUp } from './backfill.js';
import { run, start } from './command.js';
import { findMissing, toMessages } from './flow-logs.js';

test('a backfill killed twice and resumed sends every event, and twice only what was unconfirmed', async (t) => {
  const { logs, receiver, folder, args } = await setUp(t);
  const count = 1000;
  const perPage = 100;
  Object.assign(logs.rules, { eventsPerPage: perPage, emptyShare: 0.1, repeatShare: 0.5 });
  // Two log streams whose events alternate in time.
  const messages = toMessages('k', 0, count);
  for (const [index, event] of messages.entries()) logs.put(logGroup, `eni-${index % 2}-all`, [event]);
  for (const lines of [250, 600]) {
    const { child, ended } = start(t, folder, args);
    await receiver.whenLines(lines);
    child.kill('SIGKILL');
    t.is((await ended).code, 'SIGKILL');
  }
  const { code, stderr } = await run(t, folder, args);
  t.is(code, 0, stderr);
  t.deepEqual(findMissing(receiver.lines, count), []);
  // A kill leaves unconfirmed what went out within a rotation and its hold: at this pace at the most two pages, and the one at hand.
  const twice = receiver.lines.length - count;
  t.true(twice <= 2 * 3 * perPage, `${twice} came twice`);
  const last = /Read (\d+) log events .*, after (\d+) in earlier runs: delivered (\d+) lines/.exec(stderr);
  t.is(Number(last?.[1]) + Number(last?.[2]), count, stderr);
  t.is(last?.[3], last?.[1]);
  t.deepEqual(
    (await readdir(folder)).filter((name) => name.includes('backfill')),
    [],
  );
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
  const again = await run(t, folder, args);
  t.is(again.code, 0, again.stderr);
  t.deepEqual(findMissing(receiver.lines, 200), []);
  t.is(receiver.lines.length, 200);
});

test('a second process at the same backfill is refused while the first lives', async (t) => {
  const { logs, folder, args } = await setUp(t);
  logs.fail({ operation: 'FilterLogEvents', error: 'hang' });
  const first = start(t, folder, args);
  while (logs.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const second = await run(t, folder, args);
  t.is(second.code, 1, second.stderr);
  first.child.kill('SIGKILL');
  await first.ended;
});

test('wrong usage of a backfill is one sentence and exit code 2', async (t) => {
  const { folder, toArgs } = await setUp(t);
  const { code, stderr } = await run(t, folder, toArgs('--from', '2023-11-14T22:13:20', '--to', from));
  t.is(code, 2);
  t.is(stderr.trimEnd().split('\n').length, 1, stderr);
});
