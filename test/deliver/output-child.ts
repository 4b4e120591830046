/**
 * A program for tests of outputs that only a process of its own can show: sends numbered lines, as many as it is told and
 * as fast as they are taken, then says on its IPC channel how they were settled and what was reported.
 * It ends early at the first fault. Arguments: `stdout` or the path of a file, number of lines, length of a line, limit of the wait in milliseconds.
 */
import { openFileChannel } from '../../src/deliver/file-channel.js';
import { openStdoutChannel } from '../../src/deliver/stdout-channel.js';
import { RecordedDeliverer } from './recorded-deliverer.js';

export interface OutputReport {
  readonly sent: number;
  readonly delivered: number;
  readonly abandoned: number;
  readonly faults: readonly string[];
  /** Texts of the errors with which the output was gone for good. */
  readonly closed: readonly string[];
  readonly isFlushed: boolean;
}

const [target, count, length, timeoutMs] = process.argv.slice(2);
const output = new RecordedDeliverer({
  open: target === 'stdout' ? async () => openStdoutChannel(process.stdout) : () => openFileChannel(target as string),
  confirm: { by: 'written' },
  limits: { maxBytes: 256 * 1024, maxLines: 1_000_000 },
  // Between a fault and the end of the close nothing more is tried than what the close itself hurries.
  backoff: { baseMs: 600_000, maxMs: 600_000 },
});
output.deliverer.start();
const { signal } = new AbortController();
const fault = output.when(() => output.faults.length > 0);
while (output.sent.length < Number(count) && output.closed.length + output.faults.length === 0) {
  output.send(1, Number(length));
  if (!output.deliverer.hasRoom) await Promise.race([output.deliverer.whenRoom(signal), fault]);
}
const isFlushed = await output.deliverer.close(Number(timeoutMs));
const report: OutputReport = {
  sent: output.sent.length,
  delivered: output.delivered.length,
  abandoned: output.abandoned.length,
  faults: output.faults.map(({ code }) => code),
  closed: output.closed.map(({ message }) => message),
  isFlushed,
};
process.send?.(report, () => process.disconnect());
