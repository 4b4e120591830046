/**
 * A second transport that writes Snare lines to a file in the tab-delimited layout. A SnareTransport confirms the flow logs.
 */
import { register, snareFormat } from 'kinesis-snare';
import winston from 'winston';

const filename = process.argv[3] ?? './flow-logs.tsv';
const file = new winston.transports.File({ filename, format: snareFormat({ format: 'snare-tab' }) });
const logger = winston.createLogger({ transports: [file] });
const plugin = await register(logger, process.argv[2] ?? './manifest.json');
plugin.on('fault', ({ message }) => console.error(message));

process.once('SIGTERM', async () => {
  await plugin.stop();
  logger.end();
});
await plugin.start();
