import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';

test('a program that a test has started ends with the process of the test, also when that is killed', async (t) => {
  t.timeout(60_000);
  const program = `
    import { spawnProgram } from '${new URL('command.js', import.meta.url).href}';
    const child = spawnProgram('.', ['--eval', 'setInterval(() => {}, 1000); console.log("up")']);
    child.stdout.on('data', () => console.log(child.pid));
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [text] = await once(parent.stdout, 'data');
  const pid = Number(String(text));
  t.true(isAlive(pid));
  t.teardown(() => isAlive(pid) && process.kill(pid, 'SIGKILL'));
  parent.kill('SIGKILL');
  for (let count = 0; isAlive(pid) && count < 1000; count += 1) await sleep(20);
  t.false(isAlive(pid));
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
