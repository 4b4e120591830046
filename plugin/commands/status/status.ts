/** `status`: what the running process is doing now. */
import { loadSettings } from '../../manifest/manifest.js';
import { toTerminalJsonText } from '../../terminal-text.js';
import { exitCodes } from '../exit.js';
import type { Screen } from '../screen.js';
import { askStatus } from './ask-status.js';
import { formatStatus } from './format-status.js';

export interface StatusOptions {
  readonly manifest: string;
  readonly json: boolean;
  readonly watch: boolean;
  readonly screen: Screen;
  readonly write: (text: string) => void;
}

export async function statusCommand({ manifest, json, watch, screen, write }: StatusOptions): Promise<number> {
  const { settings } = loadSettings(manifest);
  const ask = () => askStatus(settings, manifest);
  if (watch && !json && screen.isTerminal) {
    const { watchStatus } = await import('./watch-status.js');
    await watchStatus({ ask, input: process.stdin, output: process.stdout, isColored: screen.isColored });
    return exitCodes.clean;
  }
  const snapshot = await ask();
  if (json) write(`${toTerminalJsonText(snapshot)}\n`);
  else write(`${formatStatus(snapshot, { ...screen, width: screen.width, height: undefined }).join('\n')}\n`);
  return exitCodes.clean;
}
