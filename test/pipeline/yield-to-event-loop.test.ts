import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { yieldToEventLoop } from '../../src/pipeline/yield-to-event-loop.js';

test('the event loop turns while records are handled one after the other without a wait', async (t) => {
  let hasTurned = false;
  const turn = setImmediate().then(() => {
    hasTurned = true;
  });
  let records = 0;
  for (; !hasTurned && records < 10_000; records += 1) await yieldToEventLoop(250);
  await turn;
  t.true(records < 1000, `${records} records before a turn`);
});
