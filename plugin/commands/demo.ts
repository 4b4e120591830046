/**
 * `demo`: the whole path on one machine. Only AWS is emulated: a Kinesis stream, filled in the way CloudWatch Logs does. The
 * plugin runs on a Winston logger and sends to a TCP receiver that prints what it gets.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPlugin } from '../load-plugin.js';
import { count } from './count.js';
import { createDemoRecords } from './demo-records.js';
import type { Diagnostics } from './diagnostics.js';
import { startEmulator } from './emulator/start-kinesis.js';
import { CommandError, exitCodes } from './exit.js';

const stream = 'kinesis-snare-demo';
const limitMs = 50_000;
/** The emulator accepts any credentials; without them the SDK would look for real ones. */
const credentials = { AWS_ACCESS_KEY_ID: 'emulated', AWS_SECRET_ACCESS_KEY: 'emulated' };

export async function demoCommand(diagnostics: Diagnostics): Promise<number> {
  const { default: winston } = await importForDemo(() => import('winston'), 'winston');
  Object.assign(process.env, credentials);
  diagnostics.log('info', 'Starting an emulated Kinesis with one stream');
  const emulator = await startEmulator();
  const receiver = await startReceiver();
  const folder = await mkdtemp(join(tmpdir(), 'kinesis-snare-demo-'));
  try {
    await emulator.createStream(stream, 2);
    const records = createDemoRecords(Date.now());
    await emulator.putRecords(stream, records);

    const logger = winston.createLogger();
    const plugin = await loadPlugin(logger, {
      id: 'kinesis-snare',
      config: {
        input: {
          stream,
          region: emulator.region,
          endpoint: emulator.endpoint,
          startAt: 'earliest',
          checkpoint: { type: 'file', path: join(folder, 'checkpoint.json') },
          formats: [
            {
              logGroup: '/demo/custom/*',
              format: '${srcaddr} ${dstaddr} ${action} ${vpc-id} ${flow-direction} ${end}',
            },
          ],
        },
        output: { type: 'tcp', host: '127.0.0.1', port: receiver.port, confirmHoldMs: 200 },
        deadLetter: { path: join(folder, 'dead-letter.ndjson') },
      },
    });
    diagnostics.watch(plugin, { output: `tcp 127.0.0.1:${receiver.port}` });
    logger.info('A log of the host app itself', { via: 'winston' });
    await plugin.start();
    await plugin.whenCaughtUp(AbortSignal.timeout(limitMs));
    const isDrained = await plugin.stop();
    summarize(plugin.stats(), receiver.lines(), diagnostics);
    for (const message of nextSteps) diagnostics.log('info', message);
    return isDrained ? exitCodes.clean : exitCodes.fault;
  } finally {
    receiver.server.close();
    emulator.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const nextSteps = [
  'Next: run "npx kinesis-snare init" to write a manifest with your stream and your receiver',
  'Then run "npx kinesis-snare check" to see what is missing, and "npx kinesis-snare run" to read and send',
  'README.md explains the AWS side, the host app and the settings; "npx kinesis-snare help" lists the commands',
];

function summarize(
  stats: ReturnType<Awaited<ReturnType<typeof loadPlugin>>['stats']>,
  lines: number,
  { log }: Diagnostics,
): void {
  log(
    'info',
    `Read ${count(stats.records, 'Kinesis record')} with ${count(stats.logEvents, 'log event')} and ${count(stats.controlMessages, 'control message')}`,
  );
  for (const [table, actions] of Object.entries(stats.rows)) {
    const parts = Object.entries(actions).map(
      ([action, number]) => `${number} ${action === '-' ? 'without action' : action}`,
    );
    log('info', `Rows of ${table}: ${parts.join(', ')}`);
  }
  const { NODATA, SKIPDATA } = stats.logStatus;
  const reasons = Object.entries(stats.deadLetters).map(
    ([reason, number]) => `${count(number, 'dead letter')} (${reason})`,
  );
  log('info', [`Log status: ${NODATA} NODATA, ${SKIPDATA} SKIPDATA`, ...reasons].join('; '));
  log(
    'info',
    `${count(lines, 'line')} received, ${stats.output.delivered.lines} confirmed; ${count(stats.acknowledged, 'record')} acknowledged`,
  );
}

interface Receiver {
  readonly server: Server;
  readonly port: number;
  lines(): number;
}

/** Prints every byte it gets, and closes after the sender has closed. A receiver does not have to do more. */
async function startReceiver(): Promise<Receiver> {
  let lines = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      process.stdout.write(bytes);
      for (const byte of bytes) if (byte === 0x0a) lines++;
    });
    socket.on('end', () => socket.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('The receiver has no port');
  return { server, port: address.port, lines: () => lines };
}

async function importForDemo<Module>(load: () => Promise<Module>, name: string): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    throw new CommandError(
      `The demo requires the package "${name}": run "npm install ${name}", or run the demo in a clone after "npm ci"`,
      {
        cause,
      },
    );
  }
}
