/** What a check says of the settings alone. */
import { join } from 'node:path';
import test from 'ava';
import { checkManifest } from '../../../../plugin/commands/check/check-manifest.js';
import { makeFolder, writeManifest } from '../../../end-to-end/command.js';

for (const [metrics, isWarned] of [
  [{}, false],
  [{ host: '::1' }, false],
  [{ host: '0.0.0.0', allowRemote: true }, false],
  [{ host: '0.0.0.0' }, true],
  [{ host: '10.0.0.5' }, true],
] as const) {
  test(`metrics ${JSON.stringify(metrics)} ${isWarned ? 'get a warning' : 'are fine'}`, async (t) => {
    const folder = await makeFolder(t);
    const output = { type: 'file', path: join(folder, 'lines') };
    const { results } = checkManifest(await writeManifest(folder, { input: { stream: 's' }, output, metrics }));
    t.deepEqual(
      results.map(({ name, status }) => [name, status]),
      [['manifest', 'pass'], ...(isWarned ? [['metrics', 'warn']] : [])],
    );
  });
}
