import { formatAddress } from '../../src/pipeline/open-output.js';
import type { OutputSettings } from '../../src/settings/settings.js';

/** An output as its faults name it: `tcp 10.0.0.5:6161`. */
export function nameOutput(output: OutputSettings): string {
  if (output.type === 'stdout') return 'stdout';
  return `${output.type} ${output.type === 'file' ? output.path : formatAddress(output)}`;
}
