/**
 * Sends lines over one channel and counts a write as their confirmation: for files and pipes, where that is the truth,
 * and for receivers that never close a connection, where it is the best there is.
 */
import type { OpenChannel } from './channel.js';
import { joinPayloads } from './delivery.js';
import type { Outbox } from './outbox.js';

export interface WrittenSessionOptions {
  readonly outbox: Outbox;
  readonly open: OpenChannel;
  /** Called when the channel is open. */
  readonly onOpen: () => void;
  /** Called when deliveries were confirmed. */
  readonly onProgress: () => void;
  readonly signal: AbortSignal;
}

/** Bytes of one write; large enough to make the cost of a write small. */
const writeBytes = 256 * 1024;

/** Returns when the signal aborts or the other side closed while nothing was in flight; rejects when the channel fails. */
export async function runWrittenSession({
  outbox,
  open,
  onOpen,
  onProgress,
  signal,
}: WrittenSessionOptions): Promise<void> {
  const channel = await open(signal);
  onOpen();
  // A write to a receiver that no longer reads ends only with its connection.
  const cut = () => channel.destroy();
  signal.addEventListener('abort', cut);
  let failed: Error | undefined;
  const failure = channel.failure.then((error) => {
    failed = error;
  });
  try {
    while (!signal.aborted) {
      if (outbox.waiting === 0) {
        await Promise.race([outbox.whenChanged(signal), failure]);
        if (failed && outbox.waiting === 0) return;
        if (failed) throw failed;
        continue;
      }
      const batch = outbox.take(writeBytes);
      await channel.write(joinPayloads(batch));
      outbox.confirm(batch.length);
      onProgress();
    }
    // The lines are confirmed already; how the end goes changes nothing.
    await channel.end().catch(() => {});
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', cut);
    channel.destroy();
  }
}
