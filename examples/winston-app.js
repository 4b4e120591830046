/** A host app with Winston that sends flow logs from Kinesis, and its own logs, to Snare Central. */
import { register } from 'kinesis-snare';
import winston from 'winston';

const logger = winston.createLogger();
const plugin = await register(logger, process.argv[2] ?? './manifest.json');
plugin.on('fault', ({ message }) => console.error(message));
plugin.on('failed', ({ message }) => {
  console.error(message);
  process.exitCode = 1;
});

// Added before the start, which waits while AWS cannot be reached.
process.once('SIGTERM', async () => {
  const isClean = await plugin.stop();
  logger.end();
  process.exitCode = isClean ? 0 : 1;
});

await plugin.start();
logger.info('The host app is up', { pid: process.pid });
