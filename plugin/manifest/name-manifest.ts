/** How a printed command names the manifest in use. */
import { resolve } from 'node:path';
import { quoteWord } from '../terminal-text.js';

/** The option, with a space before it; empty for the manifest that a command takes by itself. */
export function nameManifest(path: string): string {
  return resolve(path) === resolve('manifest.json') ? '' : ` --manifest ${quoteWord(path)}`;
}
