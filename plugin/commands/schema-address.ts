/** The `$schema` of a manifest, with which editors complete and check it: the packaged manifest is a JSON Schema too. */
import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** @param folder of the manifest; the address is relative to it if the package is installed there or in a folder above it */
export function createSchemaAddress(folder: string): string {
  const from = resolve(folder);
  for (let at = from; ; at = dirname(at)) {
    const schema = join(at, 'node_modules', 'kinesis-snare', 'manifest.json');
    if (existsSync(schema)) {
      const path = relative(from, schema).split(sep).join('/');
      return path.startsWith('.') ? path : `./${path}`;
    }
    if (dirname(at) === at) return import.meta.resolve('kinesis-snare/manifest.json');
  }
}
