/** A host app in CommonJS that adds the transport itself. */
const { register, SnareTransport } = require('kinesis-snare');
const winston = require('winston');

async function main() {
  const port = Number(process.env.SNARE_PORT ?? 6161);
  const transport = new SnareTransport({ type: 'tcp', host: process.env.SNARE_HOST ?? 'localhost', port });
  const logger = winston.createLogger({ transports: [transport] });
  // The manifest has only an input; the transport of the logger confirms the flow logs.
  const plugin = await register(logger, process.argv[2] ?? './manifest.json');
  plugin.on('fault', ({ message }) => console.error(message));

  process.once('SIGTERM', async () => {
    const isClean = await plugin.stop();
    logger.end();
    process.exitCode = isClean ? 0 : 1;
  });
  await plugin.start();
}

main();
