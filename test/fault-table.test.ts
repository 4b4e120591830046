/** The tables of faults and threats name tests that are there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';

const sources = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && !file.includes('fault-table'))
  .map((file) => readFileSync(join('test', file), 'utf8'))
  .join('\n');

/** What stands between backticks in the last of three columns. */
function testsIn(file: string): string[] {
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => /^\| [^*|]+ \| .* \| `.*` \|$/.test(line));
  return rows
    .map((row) => row.slice(row.indexOf('| `') + 3, -3))
    .map((name) => name.slice(name.lastIndexOf('| `') + 1).replace(/^ ?`/, ''));
}

for (const { what, file, least } of [
  { what: 'fault', file: 'test/README.md', least: 50 },
  { what: 'threat', file: 'SECURITY.md', least: 18 },
]) {
  test(`every ${what} of the table in ${file} has the test that it names`, (t) => {
    const names = testsIn(file);
    t.true(names.length >= least);
    t.deepEqual(
      names.filter((name) => !sources.includes(name)),
      [],
    );
  });
}
