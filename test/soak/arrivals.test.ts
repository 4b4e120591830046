import test from 'ava';
import { deliverTo } from '../deliver/recorded-deliverer.js';
import { startReceiver } from '../fakes/receiver.js';
import { Arrivals } from './arrivals.js';

const toLine = (sender: string, number: number, filler = '') =>
  [sender, 'AWSVPCFlowLog', '0', JSON.stringify({ INTERFACEID: 'eni-1', BYTES: String(number), filler })].join('\t');

test('a receiver that is late with one connection has lines out of order that were sent in order', async (t) => {
  const receiver = await startReceiver();
  receiver.behave((connection) => (connection === 0 ? { type: 'slow', pauseMs: 300 } : { type: 'normal' }));
  const { deliverer } = deliverTo(receiver);
  t.teardown(async () => {
    await deliverer.close(0);
    await receiver.close();
  });
  deliverer.start();
  const send = (from: number, to: number) => {
    for (let number = from; number < to; number++) {
      const payload = `${toLine('one', number, 'x'.repeat(1000))}\n`;
      deliverer.send({ payload, bytes: payload.length, lines: 1, settle: () => {} });
    }
  };
  send(0, 200);
  await receiver.when(({ connections }) => connections.length > 1);
  send(200, 400);
  await receiver.whenLines(400);
  const arrivals = new Arrivals(receiver);
  t.is(arrivals.missing(400), 0);
  t.is(arrivals.duplicates, 0);
  t.true(arrivals.disorder > 0);
  t.is(arrivals.sentDisorder, 0);
});

test('lines of one process that are sent out of order, and those that pass lines of another process, are out of order', (t) => {
  const read = (...numbers: readonly (readonly [string, number])[]) => numbers.map((line) => toLine(...line));
  const check = (lines: readonly string[], connections: readonly (readonly string[])[]) =>
    new Arrivals({ lines, connections: connections.map((own) => ({ lines: own })) }).sentDisorder;
  const swapped = read(['one', 1], ['one', 0]);
  t.is(check(swapped, [swapped]), 1);
  const [first, second] = [read(['one', 0], ['one', 1]), read(['two', 2], ['two', 3])];
  t.is(check([...first, ...second], [first, second]), 0);
  t.is(check([...second, ...first], [second, first]), 2);
});
