/**
 * Reports an output that has taken nothing for a while. The wait continues: a write to a file or a pipe cannot be cancelled,
 * and a second write in parallel could tear a line.
 */
import type { Clock } from '../clock.js';
import { startDeadline } from '../deadline.js';
import type { OpenChannel } from './channel.js';

/** Longer than the default timeouts of connections. */
export const stallMs = 60_000;

export interface StallOptions {
  readonly clock: Clock;
  /** Called once for each wait that is too long, with what the output has not done. */
  readonly onStall: (what: string) => void;
}

export function reportStalls(open: OpenChannel, { clock, onStall }: StallOptions): OpenChannel {
  const watch = async <Result>(what: string, wait: Promise<Result>): Promise<Result> => {
    using deadline = startDeadline(clock, stallMs);
    deadline.signal.addEventListener('abort', () => onStall(what));
    return await wait;
  };
  return async (signal) => {
    const channel = await watch('has not opened', open(signal));
    return {
      write: (bytes) => watch('has accepted nothing', channel.write(bytes)),
      end: () => channel.end(),
      destroy: () => channel.destroy(),
      failure: channel.failure,
    };
  };
}
