/** Starts an emulator, prints its address, and waits to be killed. */
import { startEmulator } from '../../plugin/commands/emulator/start-kinesis.js';

const { endpoint } = await startEmulator();
process.stdout.write(`${endpoint}\n`);
setInterval(() => {}, 60_000);
