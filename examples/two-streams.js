/**
 * Two streams through one logger, with one plugin for each. Each plugin sends its own flow logs. The first one also sends the
 * logs of the app. The second one has its own files and shares the other settings of the manifest.
 */
import { register } from 'kinesis-snare';
import winston from 'winston';

const logger = winston.createLogger();
const manifest = process.argv[2] ?? './manifest.json';
const plugins = [
  await register(logger, manifest),
  await register(logger, manifest, {
    input: {
      stream: process.env.SECOND_STREAM ?? 'vpc-flow-logs-2',
      checkpoint: { type: 'file', path: './second.checkpoint.json' },
    },
    output: { hostLogs: false },
    deadLetter: { path: './second.dead-letter.ndjson' },
  }),
];
for (const plugin of plugins) {
  plugin.on('fault', ({ message }) => console.error(message));
  plugin.on('advice', ({ message }) => console.error(message));
}

process.once('SIGTERM', async () => {
  const results = await Promise.all(plugins.map((plugin) => plugin.stop()));
  logger.end();
  process.exitCode = results.every(Boolean) ? 0 : 1;
});

await Promise.all(plugins.map((plugin) => plugin.start()));
logger.info('The host app is up', { pid: process.pid });
