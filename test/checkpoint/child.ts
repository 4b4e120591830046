/** Programs of these tests that run as processes of their own, and what they say. */
import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';

/** Killed at the end of the test, if it still lives. */
export function startChild(t: ExecutionContext, program: string, args: readonly string[], options: ForkOptions = {}) {
  const path = fileURLToPath(new URL(`./${program}.js`, import.meta.url));
  const child = fork(path, args, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'], ...options });
  t.teardown(() => kill(child));
  return child;
}

export async function nextMessage(child: ChildProcess): Promise<unknown> {
  const gone = new AbortController();
  const exited = once(child, 'exit', { signal: gone.signal }).then(([code, signal]) => {
    throw new Error(`The child ended with ${code ?? signal} and said nothing`);
  });
  try {
    const [message] = await Promise.race([once(child, 'message', { signal: gone.signal }), exited]);
    return message;
  } finally {
    gone.abort();
    exited.catch(() => {});
  }
}

/** Resolves when the process is gone. */
export async function kill(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
