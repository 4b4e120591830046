/** A host app with Winston: flow logs from Kinesis, and the app's own logs, go to Snare Central. */
import { register } from 'kinesis-snare';
import winston from 'winston';

const logger = winston.createLogger();
const plugin = await register(logger, process.argv[2] ?? './manifest.json');
plugin.on('fault', ({ message }) => console.error(message));

// Before the start, which waits for as long as AWS is away.
process.once('SIGTERM', async () => {
  const isClean = await plugin.stop();
  logger.end();
  process.exitCode = isClean ? 0 : 1;
});

await plugin.start();
logger.info('The host app is up', { pid: process.pid });
