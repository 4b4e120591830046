/**
 * Handles signals for a command from the start of the process until the command handles them itself. Loading the program takes
 * a while, and by default each signal would end the process meanwhile. This module imports nothing that has to be loaded.
 */
import { constants } from 'node:os';

/** The signals that a running command handles. */
export type Signal = 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGHUP' | 'SIGUSR2';

export type SignalListeners = Readonly<Record<Signal, (signal: Signal) => void>>;

/** @returns removes the listeners */
export function listenToSignals(listeners: SignalListeners): () => void {
  const entries = Object.entries(listeners) as [Signal, (signal: Signal) => void][];
  for (const [signal, listener] of entries) process.on(signal, listener);
  return () => {
    for (const [signal, listener] of entries) process.off(signal, listener);
  };
}

/** Commands that handle signals themselves once they have started. */
const commands: ReadonlySet<string | undefined> = new Set(['run', 'backfill']);

/** Nothing is open that could be reopened, and there is nothing to count. */
const ignore = () => {};

/** Nothing was read, so there is nothing to stop. In a container, the first process has no default action for a signal. */
const end = (signal: Signal) => {
  const code = 128 + constants.signals[signal];
  // The default action of SIGQUIT dumps the memory, which contains secrets.
  if (signal === 'SIGQUIT') process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  process.exit(code);
};

const listeners: SignalListeners = {
  SIGHUP: ignore,
  SIGUSR2: ignore,
  SIGTERM: end,
  SIGINT: end,
  SIGQUIT: end,
};
/** A signal to the process group of the MultiLangDaemon is for the daemon, which then asks its children to finish. */
const listenersOfChild: SignalListeners = { ...listeners, SIGTERM: ignore, SIGINT: ignore };
let forget = () => {};

/** @param command the first word of the command line */
export function handleEarlySignals(command: string | undefined): void {
  if (commands.has(command)) forget = listenToSignals(listeners);
  if (command === 'kcl') listenToSignals(listenersOfChild);
}

/** Call this when the command starts to handle signals itself. */
export function forgetEarlySignals(): void {
  forget();
}
