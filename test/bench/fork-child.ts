/** Processes of the benchmark. Each is forked, exchanges messages with its parent, and ends with it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { thisTree } from './tree.js';

/**
 * @param program its file name in the folder of the benchmark, such as `design-child`
 * @param tree the build whose program it is
 */
export function forkChild(program: string, args: readonly (string | number)[], tree = thisTree): ChildProcess {
  return fork(join(tree.bench, `${program}.js`), args.map(String), { execArgv: [] });
}

/** The next message of a child. Rejects if the child ends first. */
export async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const waiting = new AbortController();
  try {
    return await Promise.race([
      once(child, 'message', waiting).then(([message]) => message as Message),
      once(child, 'exit', waiting).then(([code, signal]) => {
        throw new Error(`"${child.spawnargs.slice(1, 4).join(' ')}" ended with ${code ?? signal} and said nothing`);
      }),
    ]);
  } finally {
    waiting.abort();
  }
}

export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
