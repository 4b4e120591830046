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

/** Returns when the signal aborts or the other side closed while the outbox was empty; rejects when the channel fails. */
export async function runWrittenSession({
  outbox,
  open,
  onOpen,
  onProgress,
  signal,
}: WrittenSessionOptions): Promise<void> {
  const channel = await open(signal);
  const over = new AbortController();
  // A write to a receiver that no longer reads ends only with its connection. No end is asked for: what was written is
  // confirmed already, and the receivers that this is for would not answer it.
  const stop = () => {
    over.abort();
    channel.destroy();
  };
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  let failed: Error | undefined;
  void channel.failure.then((error) => {
    failed = error;
    over.abort();
  });
  try {
    onOpen();
    while (!over.signal.aborted) {
      if (outbox.waiting === 0) await outbox.whenChanged(over.signal);
      else {
        const batch = outbox.take(writeBytes);
        await channel.write(await joinPayloads(batch));
        // A connection that the other side gives up takes a write without reading it.
        if (failed) throw failed;
        outbox.confirm(batch.length);
        onProgress();
      }
    }
    if (failed && !outbox.isEmpty) throw failed;
  } finally {
    signal.removeEventListener('abort', stop);
    channel.destroy();
  }
}
