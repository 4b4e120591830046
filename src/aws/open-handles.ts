/**
 * Runs work that may never end, such as a credentials provider that does not answer, and leaves nothing behind: its sockets and
 * child processes are closed with it. They are found through Node's diagnostics channels, since the SDK gives no access to
 * them. The channels do not announce a socket of `tls.connect`.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

type EndHandle = () => void;

const current = new AsyncLocalStorage<Set<EndHandle>>();
let running = 0;

/** Settles as the work does. If the signal aborts first, everything that the work has opened is closed. */
export async function withOpenHandles<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  const handles = new Set<EndHandle>();
  const endAll = () => {
    for (const end of handles) end();
  };
  signal.addEventListener('abort', endAll);
  if (running++ === 0) for (const [channel, listener] of channels) subscribe(channel, listener);
  try {
    return await current.run(handles, work);
  } finally {
    if (--running === 0) {
      for (const [channel, listener] of channels) unsubscribe(channel, listener);
      // Otherwise Node would keep tracking every promise of the process, which slows everything down.
      current.disable();
    }
    signal.removeEventListener('abort', endAll);
  }
}

const channels: readonly (readonly [string, (message: unknown) => void])[] = [
  [
    'net.client.socket',
    (message) => {
      const { socket } = message as { readonly socket: Socket };
      hold(socket, () => socket.destroy());
    },
  ],
  [
    'child_process',
    (message) => {
      const { process: child } = message as { readonly process: ChildProcess };
      hold(child, () => {
        if (child.pid !== undefined && child.exitCode === null) killTree(child.pid);
        for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
      });
    },
  ],
];

/** Killing a shell does not kill its children. Without `/proc` they cannot be found and keep running. */
function killTree(pid: number): void {
  for (const child of childrenOf(pid)) killTree(child);
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has already ended.
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function hold(emitter: Socket | ChildProcess, end: EndHandle): void {
  const handles = current.getStore();
  handles?.add(end);
  emitter.once('close', () => handles?.delete(end));
}
