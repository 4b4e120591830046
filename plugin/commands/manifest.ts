/** `manifest`: the settings in effect, after the manifest, the environment and the defaults. */
import { loadSettings, redact } from '../manifest/manifest.js';
import { toTerminalJsonText } from '../terminal-text.js';
import { exitCodes } from './exit.js';

export function manifestCommand(manifest: string, write: (text: string) => void): number {
  const { settings } = loadSettings(manifest);
  write(`${toTerminalJsonText({ id: 'kinesis-snare', config: redact(settings) })}\n`);
  return exitCodes.clean;
}
