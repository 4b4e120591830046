/**
 * A port that never answers a connection attempt. A process listens on it and accepts nothing, and its backlog of waiting
 * connections is full. The next attempt is not refused; it gets no answer, as if the network dropped it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';

export interface FullBacklog {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

const host = '127.0.0.1';
const backlog = 1;
/** The process blocks and never returns to its event loop, which would accept connections. */
const program = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '${host}', backlog: ${backlog} }, () => {
    require('node:fs').writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

export async function startFullBacklog(): Promise<FullBacklog> {
  const child: ChildProcess = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  if (!child.stdout) throw new Error('A process without its output');
  const port = Number(String((await once(child.stdout, 'data'))[0]));
  const waiting = Array.from({ length: backlog + 1 }, () => connect(port, host).on('error', () => {}));
  await Promise.all(waiting.map((socket) => once(socket, 'connect')));
  return {
    host,
    port,
    async close() {
      child.kill('SIGKILL');
      await exited;
      for (const socket of waiting) socket.destroy();
    },
  };
}
