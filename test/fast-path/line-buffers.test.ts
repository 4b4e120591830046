import test from 'ava';
import { LineBuffers } from '../../src/fast-path/line-buffers.js';

test('a block is used again once all that was in it is over, and not before', (t) => {
  const buffers = new LineBuffers({ blockBytes: 64, maxFree: 2 });
  const { block: first } = buffers.open(0);
  first.uses += 2;
  const { block: second } = buffers.next();
  t.not(second, first);
  buffers.release(first);
  t.not(buffers.next().block, first);
  buffers.release(first);
  t.is(buffers.next().block, first);
});

test('a block goes on where the last lines end, and gives way when too little is left', (t) => {
  const buffers = new LineBuffers({ blockBytes: 64, maxFree: 2 });
  const { block } = buffers.open(0);
  buffers.close(40);
  t.deepEqual([buffers.open(24).block === block, buffers.open(24).at], [true, 40]);
  const next = buffers.open(25);
  t.is(next.at, 0);
});

test('no more blocks are kept than allowed', (t) => {
  const buffers = new LineBuffers({ blockBytes: 64, maxFree: 1 });
  const blocks = Array.from({ length: 3 }, () => {
    const { block } = buffers.next();
    block.uses += 1;
    return block;
  });
  buffers.next();
  for (const block of blocks) buffers.release(block);
  const again = [buffers.next().block, buffers.next().block];
  t.is(again.filter((block) => blocks.includes(block)).length, 1);
});
