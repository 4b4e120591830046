/** `health`: for the probes of a container, which has no curl. */
import { loadSettings } from '../../manifest/manifest.js';
import { toTerminalText } from '../../terminal-text.js';
import { exitCodes } from '../exit.js';
import { askStatus } from './ask-status.js';

export interface HealthOptions {
  readonly manifest: string;
  /** Whether flow logs have to go through, rather than that the process is alive. */
  readonly ready: boolean;
  readonly write: (text: string) => void;
}

export async function healthCommand({ manifest, ready, write }: HealthOptions): Promise<number> {
  const { settings } = loadSettings(manifest);
  const { health } = await askStatus(settings, manifest);
  const isGood = ready ? health.isReady : health.isAlive;
  const word = ready ? 'ready' : 'alive';
  write(`${isGood ? '' : 'not '}${word}\n`);
  // What a live process waits for is worth knowing too.
  for (const reason of health.reasons) write(`${toTerminalText(reason)}\n`);
  return isGood ? exitCodes.clean : exitCodes.fault;
}
