import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { quoteWord } from '../../plugin/terminal-text.js';
import { makeFolder } from '../checkpoint/temporary-folder.js';

/** What would run a command if it got out of its word, with and without characters that are escaped. */
const attacks = [
  "'; COMMAND #",
  "\\'; COMMAND #",
  '$(COMMAND)',
  '`COMMAND`',
  '"; COMMAND #',
  "\n COMMAND\n'",
  "'$(COMMAND)'",
];

for (const shell of ['dash', 'sh', 'bash']) {
  test(`a quoted word runs nothing in ${shell}`, async (t) => {
    if (spawnSync(shell, ['-c', ':']).error) return t.pass(`Skipped: there is no ${shell}`);
    const marker = join(await makeFolder(t), 'ran');
    const words = attacks.flatMap((attack) => {
      const word = attack.replace('COMMAND', `touch ${marker}`);
      return [word, `a\u001b${word}`, `${word}\u202e`, `\u001b\\${word}`];
    });
    const { stdout, status } = spawnSync(
      shell,
      ['-c', words.map((word) => `printf '%s\\0' ${quoteWord(word)}`).join('\n')],
      {
        encoding: 'utf8',
        env: { ...process.env, LC_ALL: 'C.UTF-8' },
      },
    );
    t.is(status, 0);
    t.false(existsSync(marker));
    const printed = stdout.split('\0').slice(0, -1);
    t.is(printed.length, words.length);
    if (shell === 'bash') t.deepEqual(printed, words);
  });
}
