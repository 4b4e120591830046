/**
 * A port that never answers an attempt to connect: a process listens there, accepts nothing, and as many connections wait
 * for it as the system lets. Nothing refuses the next one; it is as if the network swallowed it.
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
/** The process never gets to its event loop again, which would accept. */
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
