import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { createRequestHandler } from '../../src/aws/agents.js';
import { AwsClock } from '../../src/aws/aws-clock.js';
import { AwsWatch } from '../../src/aws/watch.js';
import { HandClock } from '../fakes/hand-clock.js';

const hourMs = 3_600_000;

/** AWS' time is that of the hand clock at its start; the local clock is off by `aheadMs`. */
function setUp(aheadMs: number) {
  const local = new HandClock();
  const startMs = local.now();
  local.stepWallTime(aheadMs);
  const aws = () => startMs + local.monotonic();
  const clock = new AwsClock(local);
  const respond = (date = toDate(aws()), sentMs = local.monotonic()) =>
    clock.observe(date, { sentMs, receivedMs: local.monotonic() });
  const errorMs = () => clock.now() - aws();
  return { local, clock, aws, respond, errorMs };
}

function toDate(ms: number): string {
  return new Date(ms).toUTCString();
}

for (const hours of [-10, 10]) {
  test(`a local clock that is off by ${hours} h is corrected to a second by one response`, async (t) => {
    const { local, clock, respond, aws, errorMs } = setUp(hours * hourMs);
    await local.advance(700);
    respond();
    t.true(Math.abs(errorMs()) <= 1000, `${errorMs()}`);
    t.true(clock.nowAtLeast() <= aws());
    t.true(Math.abs(clock.localAheadMs - hours * hourMs) <= 1000);
  });
}

test('more responses make it more exact, and it is never behind what was shown before', async (t) => {
  const { local, clock, respond, aws } = setUp(10 * hourMs);
  respond();
  for (let i = 0; i < 100; i++) {
    await local.advance(1009);
    const beforeMs = clock.nowAtLeast();
    respond();
    t.true(clock.nowAtLeast() >= beforeMs && clock.nowAtLeast() <= aws());
  }
  t.true(aws() - clock.nowAtLeast() < 30, `${aws() - clock.nowAtLeast()}`);
});

test('a local clock that agrees with AWS is taken as it is, to the millisecond', async (t) => {
  const { local, respond, errorMs } = setUp(0);
  await local.advance(700);
  respond();
  t.is(errorMs(), 0);
});

test('a local clock that is set in mid-run changes nothing', async (t) => {
  const { local, respond, errorMs } = setUp(0);
  respond();
  for (const stepMs of [30 * hourMs, -60 * hourMs]) {
    local.stepWallTime(stepMs);
    t.true(Math.abs(errorMs()) <= 1000, `${errorMs()}`);
  }
});

test('a response that was long under way says no more than it can', async (t) => {
  for (const isLateAtAws of [false, true]) {
    const { local, clock, aws, respond } = setUp(-hourMs);
    const date = isLateAtAws ? undefined : toDate(aws());
    await local.advance(90_000);
    respond(date, 0);
    t.true(clock.nowAtLeast() <= aws(), `${isLateAtAws}`);
  }
  const { local, aws, respond, errorMs } = setUp(-hourMs);
  respond();
  t.true(Math.abs(errorMs()) <= 1000);
  const sentMs = local.monotonic();
  const early = toDate(aws());
  await local.advance(90_000);
  respond(early, sentMs);
  t.true(Math.abs(errorMs()) <= 1000, 'it arrived late, which makes AWS no slower');
});

test('one Date that contradicts the others is not believed, and three in a row are', async (t) => {
  const { local, clock, aws, respond, errorMs } = setUp(0);
  respond();
  const wrong = () => respond(toDate(aws() + 5 * hourMs));
  for (let i = 0; i < 5; i++) {
    wrong();
    await local.advance(1000);
    wrong();
    t.true(Math.abs(errorMs()) <= 1000);
    respond();
  }
  // As after a suspension, in which the monotonic clock stops.
  for (let i = 0; i < 3; i++) wrong();
  t.true(Math.abs(clock.now() - aws() - 5 * hourMs) <= 1000);
});

test('a Date that is missing or no time of HTTP is ignored', (t) => {
  const { clock, local, respond } = setUp(10 * hourMs);
  for (const date of ['', 'yesterday', '2001-01-01', 'Mon, 01 Jan 2001 00:00:00']) respond(date);
  clock.observe(undefined, { sentMs: 0, receivedMs: 0 });
  t.is(clock.now(), local.now());
  t.is(clock.localAheadMs, 0);
});

test('without any Date a start at the tip goes back by what AWS tolerates in a signature', (t) => {
  const { clock, local } = setUp(0);
  t.is(clock.nowAtLeast(), local.now() - 300_000);
});

test('only a response of AWS shows its time, not that of a gateway in between', async (t) => {
  const aheadMs = 5 * hourMs;
  const server = createServer((request, response) => {
    const isAws = request.url === '/aws';
    response.sendDate = false;
    response.writeHead(isAws ? 400 : 200, {
      date: toDate(Date.now() + (isAws ? aheadMs : -aheadMs)),
      'content-type': isAws ? 'application/x-amz-json-1.1' : 'text/html',
    });
    response.end('{}');
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const local = new HandClock({ startMs: Date.now() });
  const clock = new AwsClock(local);
  const handler = createRequestHandler(undefined, 5000, { watch: new AwsWatch(clock, () => {}) });
  t.teardown(() => handler.destroy());
  const ask = async (path: string) => {
    const target = { protocol: 'http:', hostname: '127.0.0.1', port, path, method: 'POST', headers: {}, query: {} };
    await handler.handle(target as never);
  };
  await ask('/gateway');
  t.is(clock.now(), local.now());
  await ask('/aws');
  t.true(Math.abs(clock.now() - local.now() - aheadMs) < 60_000);
});

test('an address off this machine that is not encrypted is reported once, before anything goes there', (t) => {
  const plain: string[] = [];
  const watch = new AwsWatch(new AwsClock(new HandClock()), (origin) => plain.push(origin));
  for (const url of [
    'http://10.0.0.5:4566/path',
    'http://10.0.0.5:4566',
    'http://kinesis.example',
    'https://kinesis.us-east-1.amazonaws.com',
    'http://127.0.0.1:4566',
    'http://127.9.9.9',
    'http://localhost:1',
    'http://aws.localhost:1',
    'http://[::1]:1',
    'http://[::2]:1',
    'http://localhost.example',
  ]) {
    watch.noteEndpoint(new URL(url));
  }
  t.deepEqual(plain, ['http://10.0.0.5:4566', 'http://kinesis.example', 'http://[::2]:1', 'http://localhost.example']);
});
