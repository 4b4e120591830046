/** `manifest`: the settings in effect, so that precedence, defaults and the environment hold no surprise. */
import { loadSettings, redact } from '../manifest.js';
import { exitCodes } from './exit.js';

export function manifestCommand(manifest: string): number {
  const { settings } = loadSettings(manifest);
  process.stdout.write(`${JSON.stringify({ id: 'kinesis-snare', config: redact(settings) }, null, 2)}\n`);
  return exitCodes.clean;
}
