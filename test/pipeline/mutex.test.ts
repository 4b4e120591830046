import test from 'ava';
import { Mutex } from '../../src/pipeline/mutex.js';

test('one caller holds it at a time, in the order in which they ask, and none waits while it is free', async (t) => {
  const mutex = new Mutex();
  const events: string[] = [];
  const go = async (name: string) => {
    const locked = mutex.lock();
    if (locked) await locked;
    events.push(`${name} in`);
    await new Promise((resolve) => setImmediate(resolve));
    events.push(`${name} out`);
    mutex.unlock();
  };
  t.is(mutex.lock(), undefined);
  const going = ['a', 'b', 'c'].map(go);
  await new Promise((resolve) => setImmediate(resolve));
  t.deepEqual(events, []);
  mutex.unlock();
  await Promise.all(going);
  t.deepEqual(events, ['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  t.is(mutex.lock(), undefined);
});
