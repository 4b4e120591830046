/** The table of faults names tests that are there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';

const sources = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && !file.includes('fault-table'))
  .map((file) => readFileSync(join('test', file), 'utf8'))
  .join('\n');

test('every fault of the table has the test that it names', (t) => {
  const rows = readFileSync('test/README.md', 'utf8')
    .split('\n')
    .filter((line) => /^\| [^*|]+ \| .* \| `.*` \|$/.test(line));
  const names = rows
    .map((row) => row.slice(row.indexOf('| `') + 3, -3))
    .map((name) => name.slice(name.lastIndexOf('| `') + 1));
  t.true(names.length >= 50);
  const missing = names.filter((name) => !sources.includes(name.replace(/^ ?`/, '')));
  t.deepEqual(missing, []);
});
