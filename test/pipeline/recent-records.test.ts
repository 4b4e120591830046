import test from 'ava';
import { RecentRecords } from '../../src/pipeline/recent-records.js';

const blockBytes = 100;
const bytesOf = (records: RecentRecords) => [...records].map((data) => Buffer.from(data).toString());

test('the latest records are kept, the oldest first, within the memory', (t) => {
  const records = new RecentRecords(3 * blockBytes, blockBytes);
  t.deepEqual(bytesOf(records), []);
  const texts = Array.from({ length: 50 }, (_, index) => `record ${index} `.padEnd(20, 'x'));
  for (const [index, text] of texts.entries()) {
    records.add(Buffer.from(text));
    const kept = bytesOf(records);
    t.deepEqual(kept, texts.slice(index + 1 - kept.length, index + 1));
    // A block holds four.
    t.true(kept.length >= Math.min(index + 1, 9) && kept.length <= 12);
  }
});

test('a record that is larger than all of the memory is kept alone; the ones behind it replace it', (t) => {
  const records = new RecentRecords(3 * blockBytes, blockBytes);
  records.add(Buffer.from('small'));
  const large = 'x'.repeat(4 * blockBytes);
  records.add(Buffer.from(large));
  t.deepEqual(bytesOf(records), [large]);
  records.add(Buffer.from('next'));
  t.deepEqual(bytesOf(records), ['next']);
});
