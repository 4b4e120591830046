/**
 * A host app whose logger ends the process, as a lack of memory would, at a flow log of interface `eni-fatal`. Given: the
 * manifest. Says the numbers of its plugin once all is caught up.
 */
import winston from 'winston';
import { loadPlugin } from '../../plugin/load-plugin.js';

const [manifest = ''] = process.argv.slice(2);
const fatal = winston.format((info) => {
  if (String(info.message).includes('eni-fatal ')) process.kill(process.pid, 'SIGKILL');
  return info;
});
const plugin = await loadPlugin(winston.createLogger({ format: fatal() }), manifest);
await plugin.start();
await plugin.whenCaughtUp(AbortSignal.timeout(60_000));
await plugin.stop();
process.send?.(plugin.stats());
process.disconnect();
