/**
 * A TCP receiver that counts lines as fast as it can, keeps none, and answers a half-close with its own close. Sends its port
 * when it listens. When the parent sends it a number of expected lines, it restarts the count and sends a mark at the first
 * line, at half of the lines and at the last.
 */
import { type AddressInfo, createServer } from 'node:net';
import { machineMs } from './machine-time.js';

export interface ReceiverMark {
  readonly mark: 'first' | 'half' | 'last';
  readonly atMs: number;
  /** Number of lines received up to the mark. */
  readonly lines: number;
}

const lineFeed = 0x0a;
let expected = Number.POSITIVE_INFINITY;
let lines = 0;

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    const before = lines;
    for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) lines++;
    if (before === 0 && lines > 0) tell('first');
    if (before < expected / 2 && lines >= expected / 2) tell('half');
    if (before < expected && lines >= expected) tell('last');
  });
  socket.on('end', () => socket.end());
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('message', (count: number) => {
  expected = count;
  lines = 0;
});
process.on('disconnect', () => process.exit());

function tell(mark: ReceiverMark['mark']): void {
  process.send?.({ mark, atMs: machineMs(), lines } satisfies ReceiverMark);
}
