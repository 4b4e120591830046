/**
 * Merges the settings from the defaults, the packaged manifest, the host's manifest and code. Later ones take precedence. Only
 * manifests are opened here. No other part of the plugin reads the environment or the working directory.
 */
import { fileURLToPath } from 'node:url';
import type { ConfigurationFault } from '../../src/configuration-error.js';
import { type LineSettings, lineSchema, outputSchema } from '../../src/settings/output.js';
import { type OutputSettings, type Settings, settingsSchema } from '../../src/settings/settings.js';
import { createConfigSchema, createOptionSchema, isObject, mapSettings } from './option-schema.js';
import { type Manifest, readManifest } from './read-manifest.js';
import { resolve, secretPathsOf } from './resolve.js';
import type { Layer } from './setting-tree.js';
import { findSharedFiles } from './shared-files.js';
import type { Environment } from './substitute.js';

export interface LoadedSettings {
  /** With every default filled in and every path absolute. */
  readonly settings: Settings;
  /** Absolute path of the host's manifest; undefined if it was given as an object. */
  readonly manifestPath: string | undefined;
}

/** The parts of the process on which the settings depend. */
export interface LoadContext {
  /** For placeholders in manifests. Default: the environment of the process. Files of placeholders are read in any case. */
  readonly environment?: Environment;
  /** Absolute base of the manifest's path and of paths given in code. Default: the working directory of the process. */
  readonly workingDirectory?: string;
  /** Path or content of the manifest with lower precedence than the host's. Default: the one in the package. */
  readonly packaged?: string | object;
}

/**
 * @param manifest path or file URL of the host's manifest, or its content
 * @param overrides settings that take precedence; strings in them are literal, and `undefined` counts as not set
 * @throws ConfigurationError with the faults of all manifests and overrides, or only with the reason why a manifest cannot be
 * read
 */
export function loadSettings(
  manifest: string | object,
  overrides: object = {},
  { environment = process.env, workingDirectory = process.cwd(), packaged = findPackaged() }: LoadContext = {},
): LoadedSettings {
  const reading = { workingDirectory, settingNames: Object.keys(settingsSchema.shape) };
  const base = readManifest(packaged, { ...reading, source: 'packaged manifest.json' });
  const own = readManifest(manifest, reading);
  const toLayer = ({ config, source, folder }: Manifest): Layer => ({
    value: omitSchema(config),
    source,
    folder,
    environment,
  });
  const settings = resolve({
    schema: settingsSchema,
    optionSchema: createConfigSchema(),
    layers: [
      { ...toLayer(base), isStandard: true },
      toLayer(own),
      { value: omitSchema(overrides), source: 'overrides', folder: workingDirectory },
    ],
    folder: own.folder,
    faults: [...base.faults, ...own.faults, ...findExposure(own)],
    check: (whole, originOf) => findSharedFiles(whole, own.path, originOf),
  });
  return { settings, manifestPath: own.path };
}

/**
 * Checks the settings of an output that is used without a manifest.
 *
 * @param workingDirectory absolute base of relative paths
 * @throws ConfigurationError with all faults
 */
export function resolveOutput(output: unknown, workingDirectory = process.cwd()): OutputSettings {
  return resolve({
    schema: outputSchema,
    optionSchema: createOptionSchema(outputSchema),
    layers: [{ value: output ?? {}, source: 'options', folder: workingDirectory }],
    folder: workingDirectory,
  });
}

/**
 * Checks the settings of a line that no output of the plugin sends.
 *
 * @throws ConfigurationError with all faults
 */
export function resolveLine(line: unknown): LineSettings {
  return resolve({
    schema: lineSchema,
    optionSchema: createOptionSchema(lineSchema),
    layers: [{ value: line, source: 'options', folder: '' }],
    folder: '',
  });
}

/**
 * A copy that is safe to show. Every secret is `(hidden)`, wherever its value came from, and so is every value from a file of a
 * placeholder and a possible password in an address.
 *
 * @param settings as they were loaded; a copy has lost which values came from files
 */
export function redact(settings: Settings): Settings {
  const fromFiles = secretPathsOf(settings);
  return mapSettings(createConfigSchema(), settings, (value, schemas, path) => {
    const isSecret = schemas.some((schema) => schema['x-secret']) || fromFiles.has(path.join('.'));
    if (value !== undefined && isSecret) return '(hidden)';
    return typeof value === 'string' ? redactUrl(value) : value;
  }) as Settings;
}

function redactUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return text;
  const parts = ['username', 'password', 'search', 'hash'] as const;
  const given = parts.filter((part) => url[part] !== '');
  for (const part of given) url[part] = '(hidden)';
  return given.length === 0 ? text : url.href;
}

/**
 * A manifest that another user can write must not contain secrets. As root, the program refuses a manifest that anyone can
 * write.
 */
function findExposure({ config, distrust, rootDistrust, source }: Manifest): readonly ConfigurationFault[] {
  const toFault = (expected: string, reason: string) => [
    { path: '', expected, received: `one that is refused: ${reason}`, source },
  ];
  if (distrust !== undefined && holdsSecret(config)) {
    return toFault('a manifest with secrets that only root and the user of the program may write', distrust);
  }
  if (rootDistrust === undefined) return [];
  return toFault('a manifest that not everyone can write to, since it decides where root writes', rootDistrust);
}

/** Placeholders and a proxy address without a password are not secrets. */
function holdsSecret(config: object): boolean {
  let isFound = false;
  mapSettings(createConfigSchema(), config, (value, schemas) => {
    const isSecret = typeof value === 'string' && !value.includes('${') && !/^https?:\/\/[^@]*$/.test(value);
    if (isSecret && schemas.some((schema) => schema['x-secret'])) isFound = true;
    return value;
  });
  return isFound;
}

/** An app bundled into one file has no package folder, so there is no packaged manifest. */
function findPackaged(): string | object {
  try {
    return fileURLToPath(import.meta.resolve('kinesis-snare/manifest.json'));
  } catch {
    return { id: 'kinesis-snare' };
  }
}

/** Editors add `$schema`; it is not a setting. */
function omitSchema(config: unknown): unknown {
  if (!isObject(config)) return config;
  return Object.fromEntries(Object.entries(config).filter(([key]) => key !== '$schema'));
}
