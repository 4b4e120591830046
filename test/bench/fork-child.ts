/** Processes of the benchmark. Each is forked, exchanges messages with its parent, and ends with it. */
import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** @param program its file name in this folder, such as `design-child` */
export function forkChild(
  program: string,
  args: readonly (string | number)[],
  options: ForkOptions = {},
): ChildProcess {
  const path = fileURLToPath(new URL(`${program}.js`, import.meta.url));
  return fork(path, args.map(String), { execArgv: [], ...options });
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
