/**
 * moto in server mode: AWS services of another maker, CloudWatch Logs and Kinesis among them, behind one address. From PyPI,
 * `moto[server]`; its program is what `MOTO_SERVER` names, or `moto_server` on the PATH.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { UnavailableError } from './programs.js';

export interface Moto {
  /** For every service. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  stop(): Promise<void>;
}

const program = process.env.MOTO_SERVER ?? 'moto_server';
const startLimitMs = 60_000;

/** Rejects with an `UnavailableError` where there is no moto. */
export async function startMoto(): Promise<Moto> {
  const child = spawn(program, ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  // It does not outlive this process, however that ends.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    if (child.exitCode !== null || child.signalCode !== null) return;
    kill();
    await once(child, 'exit');
  };
  try {
    return {
      endpoint: await readEndpoint(child),
      region: 'us-east-1',
      credentials: { accessKeyId: 'moto', secretAccessKey: 'moto' },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** It says where it listens once it does. */
function readEndpoint(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const limit = setTimeout(() => reject(new Error(`moto_server did not listen in time: ${said}`)), startLimitMs);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const [endpoint] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
      if (endpoint === undefined) return;
      clearTimeout(limit);
      resolve(endpoint);
    });
    child.on('error', () => {
      clearTimeout(limit);
      reject(new UnavailableError(`there is no ${program}; pip install "moto[server]", or set MOTO_SERVER`));
    });
    child.on('exit', (code) => {
      clearTimeout(limit);
      reject(new UnavailableError(`moto_server ended with ${code}: ${said.trim().split('\n').at(-1)}`));
    });
  });
}
