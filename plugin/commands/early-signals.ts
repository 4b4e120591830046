/**
 * The signals of a command that will handle them, from the first moment of the process on: loading the program takes a while, and
 * by default each of them would end the process meanwhile. Imports nothing that has to be loaded.
 */
import { constants } from 'node:os';

type Signal = 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGHUP' | 'SIGUSR2';

/** Commands that handle signals of their own once they have begun. */
const commands: ReadonlySet<string | undefined> = new Set(['run', 'backfill']);

/** Nothing is open yet that could be opened again, and there is nothing to count. */
const ignore = () => {};

/** Nothing was read, so nothing has to be stopped. The first process of a container has no default for a signal. */
const end = (signal: Signal) => {
  const code = 128 + constants.signals[signal];
  // The default of SIGQUIT dumps the memory, which has secrets.
  if (signal === 'SIGQUIT') process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  process.exit(code);
};

const listeners: Readonly<Record<Signal, (signal: Signal) => void>> = {
  SIGHUP: ignore,
  SIGUSR2: ignore,
  SIGTERM: end,
  SIGINT: end,
  SIGQUIT: end,
};
const entries = Object.entries(listeners) as [Signal, (signal: Signal) => void][];

/** @param command the first word of the command line */
export function handleEarlySignals(command: string | undefined): void {
  if (!commands.has(command)) return;
  for (const [signal, listener] of entries) process.on(signal, listener);
}

/** Call when the command handles signals itself. */
export function forgetEarlySignals(): void {
  for (const [signal, listener] of entries) process.off(signal, listener);
}
