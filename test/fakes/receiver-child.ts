/**
 * The program of `receiver-process.ts`: reads lines over TCP and appends complete ones to a file, at once or after a delay in
 * memory. Arguments: port, path of the file, milliseconds in memory. Notifies the parent when it listens.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';

const [port, path, queueMs] = process.argv.slice(2);
const lineFeed = 0x0a;
const file = openSync(path as string, 'a+', 0o600);
const queued: { readonly dueMs: number; readonly lines: Buffer }[] = [];
closeTornLine();

const server = createServer({ allowHalfOpen: true }, (socket) => {
  let torn = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    const end = chunk.lastIndexOf(lineFeed) + 1;
    if (end === 0) torn = Buffer.concat([torn, chunk]);
    else {
      store(Buffer.concat([torn, chunk.subarray(0, end)]));
      torn = Buffer.from(chunk.subarray(end));
    }
  });
  socket.on('end', () => {
    // On a busy machine a timer may be late. A close must not be sent before the lines that were due earlier are written.
    writeDue();
    socket.end();
  });
});
server.listen(Number(port), '127.0.0.1', () => process.send?.('listening'));
process.on('disconnect', () => {
  closeSync(file);
  process.exit();
});

function store(lines: Buffer): void {
  queued.push({ dueMs: performance.now() + Number(queueMs), lines });
  if (Number(queueMs) > 0) setTimeout(writeDue, Number(queueMs) + 1);
  else writeDue();
}

function writeDue(): void {
  const nowMs = performance.now();
  for (let next = queued[0]; next && next.dueMs <= nowMs; next = queued[0]) {
    writeSync(file, next.lines);
    queued.shift();
  }
}

/** A kill may interrupt the last write. The next line must not be appended to the incomplete one. */
function closeTornLine(): void {
  const { size } = fstatSync(file);
  const last = Buffer.alloc(1);
  if (size > 0) readSync(file, last, 0, 1, size - 1);
  if (size > 0 && last[0] !== lineFeed) writeSync(file, '\n');
}
