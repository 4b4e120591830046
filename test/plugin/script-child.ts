/**
 * A script of a host app for tests of when its process ends: it logs one line, or none, and does nothing more by itself.
 * Says on stderr what the output warns of. Arguments: the way in, the settings of the output as JSON, `idle` for no line.
 */

import winston from 'winston';
import { SnareTransport } from '../../plugin/winston/snare-transport.js';
import type { SnareTransportOptions } from '../../plugin/winston/transport-api.js';

export type WayIn = 'transport' | 'flushed' | 'started' | 'stopped';

const [wayIn, settings = '', idle] = process.argv.slice(2);
const output = JSON.parse(settings) as SnareTransportOptions;
const logger = winston.createLogger({ transports: [] });
const log = () => idle ?? logger.info('one');
const warn = ({ message }: { readonly message: string }) => process.stderr.write(`${message}\n`);

if (wayIn === 'transport') {
  const transport = new SnareTransport(output);
  transport.on('warn', warn);
  logger.add(transport);
  log();
} else {
  // Loaded here, since the transport alone does not require it.
  const { register } = await import('../../plugin/register.js');
  const plugin = await register(logger, { id: 'kinesis-snare', config: { output } });
  plugin.on('fault', warn);
  if (wayIn === 'started' || wayIn === 'stopped') await plugin.start();
  log();
  if (wayIn === 'flushed' && (await plugin.flush(100))) throw new Error('Nothing was started that could confirm');
  if (wayIn === 'stopped' && !(await plugin.stop())) throw new Error('The stop did not confirm');
}
