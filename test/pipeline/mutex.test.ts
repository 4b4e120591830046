import test from 'ava';
import { Turnstile } from '../../src/pipeline/mutex.js';

test('one is in at a time, in the order of coming, and nobody waits where nobody is in', async (t) => {
  const turnstile = new Turnstile();
  const told: string[] = [];
  const go = async (name: string) => {
    const turn = turnstile.enter();
    if (turn) await turn;
    told.push(`${name} in`);
    await new Promise((resolve) => setImmediate(resolve));
    told.push(`${name} out`);
    turnstile.leave();
  };
  t.is(turnstile.enter(), undefined);
  const going = ['a', 'b', 'c'].map(go);
  await new Promise((resolve) => setImmediate(resolve));
  t.deepEqual(told, []);
  turnstile.leave();
  await Promise.all(going);
  t.deepEqual(told, ['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  t.is(turnstile.enter(), undefined);
});
