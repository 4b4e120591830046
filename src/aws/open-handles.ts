/**
 * Runs work that may never end, such as a provider of credentials that does not answer, so that nothing of it is left: its
 * sockets and child processes are ended with it. Node's diagnostics channels announce them; the SDK gives no access to them.
 * They do not announce a socket of `tls.connect`.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

type EndHandle = () => void;

const current = new AsyncLocalStorage<Set<EndHandle>>();
let running = 0;

/** Settles as the work does. When the signal aborts first, what the work has opened is ended. */
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
      // Else Node would follow every promise of the process from now on, which slows all of it.
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

/** A shell does not take its children with it. Where there is no `/proc`, they are left. */
function killTree(pid: number): void {
  for (const child of childrenOf(pid)) killTree(child);
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
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
