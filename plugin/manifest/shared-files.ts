/** Finds files of the plugin that share a path. Each would overwrite the other. */
import { type ConfigurationFault, formatReceived } from '../../src/configuration-error.js';
import type { Settings } from '../../src/settings/settings.js';
import type { Origin } from './setting-tree.js';

/** @param manifestPath absolute; undefined if the manifest is not a file */
export function findSharedFiles(
  { input, output, deadLetter }: Settings,
  manifestPath: string | undefined,
  originOf: (path: string) => Origin,
): readonly ConfigurationFault[] {
  const files: readonly (readonly [name: string, path: string | undefined])[] = [
    ['the manifest itself', manifestPath],
    ['deadLetter.path', deadLetter.path],
    ['input.checkpoint.path', input && input.checkpoint.type !== 'memory' ? input.checkpoint.path : undefined],
    ['output.path', output?.type === 'file' ? output.path : undefined],
  ];
  return files.flatMap(([name, path], index) => {
    const [other] = files.slice(0, index).find((file) => file[1] === path) ?? [];
    if (path === undefined || other === undefined) return [];
    // The fault names the place where the user set one of the two.
    const origins = [name, other].map((setting) => originOf(setting));
    const { source } = origins.find(({ isStandard }) => !isStandard) ?? { source: manifestPath ?? 'manifest' };
    const received = origins.some(({ isSecret }) => isSecret) ? '(hidden)' : formatReceived(path);
    return [{ path: name, expected: `a file of its own, not that of ${other}`, received, source }];
  });
}
