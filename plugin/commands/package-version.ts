/** The version of this package. */
import { readFileSync } from 'node:fs';

/** `unknown` in an app that is bundled into one file, which has no folder of the package. */
export function packageVersion(): string {
  try {
    const file = new URL('../../../package.json', import.meta.url);
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, string>>;
    return name === 'kinesis-snare' && version !== undefined ? version : 'unknown';
  } catch {
    return 'unknown';
  }
}
