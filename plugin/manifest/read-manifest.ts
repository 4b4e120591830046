/**
 * Reads a manifest: the descriptor of the plugin with the settings under `config`. A host's manifest contains the id and the
 * settings. It may also contain other keys, copied from the packaged manifest.
 */
import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigurationError, type ConfigurationFault, formatReceived } from '../../src/configuration-error.js';
import { describeError } from '../../src/faults.js';
import { findNearest } from '../../src/nearest.js';
import { findDistrust, findRootDistrust } from '../../src/trusted-file.js';
import { findJsonFault } from './find-json-fault.js';
import { findRepeatedKeys, type RepeatedKey } from './find-repeated-keys.js';
import { nameManifest } from './name-manifest.js';
import { isObject } from './option-schema.js';

const pluginId = 'kinesis-snare';
const apiVersion = 1;

/** The keys of the packaged manifest; a test compares them. */
export const manifestKeys: readonly string[] = [
  '$schema',
  '$comment',
  'id',
  'name',
  'version',
  'description',
  'apiVersion',
  'kind',
  'engines',
  'entrypoints',
  'capabilities',
  'permissions',
  'properties',
  'configSchema',
  'config',
];

export interface Manifest {
  /** Absolute; undefined if the manifest was given as an object. */
  readonly path: string | undefined;
  /** The name of the manifest in faults. */
  readonly source: string;
  /** Absolute base of relative paths in the manifest. */
  readonly folder: string;
  /** Why the manifest must not contain secrets. Undefined if nothing is wrong or if it is not a file. */
  readonly distrust: string | undefined;
  /** Why root must not use the manifest, which decides where the program writes. Undefined as for `distrust`. */
  readonly rootDistrust: string | undefined;
  /** Only checked for being an object. */
  readonly config: object;
  readonly faults: readonly ConfigurationFault[];
}

export interface ReadOptions {
  /** Absolute. */
  readonly workingDirectory: string;
  /** The names of all settings, for an error message that says that they belong under `config`. */
  readonly settingNames: readonly string[];
  /** The name of the manifest in faults. Default: the path as given, or `manifest`. */
  readonly source?: string;
}

/**
 * @param manifest a path, relative to the working directory, a file URL, or the content
 * @throws ConfigurationError if the manifest cannot be read or is not a manifest
 */
export function readManifest(manifest: unknown, { workingDirectory, settingNames, source }: ReadOptions): Manifest {
  const given = manifest instanceof URL ? toPath(manifest) : manifest;
  const name = source ?? (typeof given === 'string' ? given : 'manifest');
  const path = typeof given === 'string' ? resolve(workingDirectory, given) : undefined;
  const file = path === undefined ? undefined : readText(path, name);
  const content = file === undefined ? given : parseManifest(file.text, name);
  const repeated = file === undefined ? [] : findRepeatedKeys(file.text).map(toRepeatedFault);
  if (!isObject(content)) {
    const hint = `write { "id": "${pluginId}", "config": { ... } }`;
    throw new ConfigurationError([
      { path: '', expected: 'an object', received: formatReceived(content), source: name, hint },
    ]);
  }
  return {
    path,
    source: name,
    distrust: file?.distrust,
    rootDistrust: file?.rootDistrust,
    folder: path === undefined ? workingDirectory : dirname(path),
    config: isObject(content.config) ? content.config : {},
    faults: [...repeated, ...checkDescriptor(content, settingNames)].map((fault) => ({ ...fault, source: name })),
  };
}

function toPath(url: URL): string {
  if (url.protocol === 'file:') return fileURLToPath(url);
  const received = `one of "${url.protocol}"`;
  throw new ConfigurationError([{ path: '', expected: 'a file URL', received, source: 'manifest' }]);
}

type ManifestText = Pick<Manifest, 'distrust' | 'rootDistrust'> & { readonly text: string };

function readText(path: string, source: string): ManifestText {
  let bytes: Buffer;
  let found: Stats;
  try {
    const file = openSync(path, 'r');
    try {
      found = fstatSync(file);
      bytes = readFileSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const received = isMissing ? `no file at ${path}` : `"${describeError(error)}"`;
    const hint = isMissing
      ? `create it with "npx kinesis-snare init${nameManifest(path)}", or give another path`
      : 'fix that, or give another path';
    throw new ConfigurationError([{ path: '', expected: 'a manifest that can be read', received, source, hint }]);
  }
  if (!isUtf8(bytes)) {
    const received = 'bytes that are not';
    throw new ConfigurationError([{ path: '', expected: 'UTF-8', received, source, hint: 'save the file as UTF-8' }]);
  }
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  return { text, distrust: findDistrust(found), rootDistrust: findRootDistrust(found) };
}

function parseManifest(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The error is not kept as a cause, because its message quotes the text, which may contain a secret.
    const { line, column } = findJsonFault(text) ?? { line: 1, column: 1 };
    const received = `invalid text at line ${line}, column ${column}`;
    const hint = 'JSON has no comments, no comma after the last item, and only double quotes';
    throw new ConfigurationError([{ path: '', expected: 'JSON', received, source, hint }]);
  }
}

type DescriptorFault = Omit<ConfigurationFault, 'source'>;

function toRepeatedFault({ key, position: { line, column } }: RepeatedKey): DescriptorFault {
  const received = `it again at line ${line}, column ${column}`;
  return { path: key, expected: 'each key of an object once', received, hint: 'remove one of the two' };
}

function checkDescriptor(
  content: Readonly<Record<string, unknown>>,
  settingNames: readonly string[],
): DescriptorFault[] {
  const faults: DescriptorFault[] = Object.keys(content)
    .filter((key) => !manifestKeys.includes(key))
    .map((key) => ({ path: key, expected: 'a key of a manifest', hint: suggestKey(key, settingNames) }));
  const check = (path: string, isRight: boolean, expected: string): void => {
    if (!isRight) faults.push({ path, expected, received: formatReceived(content[path]) });
  };
  check('id', content.id === pluginId, JSON.stringify(pluginId));
  check('apiVersion', content.apiVersion === undefined || content.apiVersion === apiVersion, String(apiVersion));
  check('config', content.config === undefined || isObject(content.config), 'an object');
  return faults;
}

function suggestKey(key: string, settingNames: readonly string[]): string {
  if (settingNames.includes(key)) return 'put it under "config"';
  const nearest = findNearest(key, manifestKeys);
  return nearest === undefined ? `known here: ${manifestKeys.join(', ')}` : `did you mean "${nearest}"?`;
}
