/**
 * Where the settings come from: defaults, the packaged manifest, the host's manifest, what code gives; each lies over the
 * one before. Nothing is opened here but manifests, and nothing else of the plugin looks at the environment or at the
 * working directory.
 */
import { fileURLToPath } from 'node:url';
import type { ConfigurationFault } from '../../src/configuration-error.js';
import { type LineSettings, lineSchema, outputSchema } from '../../src/settings/output.js';
import { type OutputSettings, type Settings, settingsSchema } from '../../src/settings/settings.js';
import { createConfigSchema, createOptionSchema, isObject, mapSettings } from './option-schema.js';
import { type Manifest, readManifest } from './read-manifest.js';
import { resolve } from './resolve.js';
import type { Layer } from './setting-tree.js';
import { findSharedFiles } from './shared-files.js';
import type { Environment } from './substitute.js';

export { ConfigurationError, type ConfigurationFault } from '../../src/configuration-error.js';

export interface LoadedSettings {
  /** Every default filled in, every path absolute. */
  readonly settings: Settings;
  /** The host's manifest, absolute; undefined when it was given as an object. */
  readonly manifestPath: string | undefined;
}

/** What of the process the settings depend on. */
export interface LoadContext {
  /** For placeholders in manifests. Default: the process's. */
  readonly environment?: Environment;
  /** Absolute; what the manifest's path and paths given in code are relative to. Default: the process's. */
  readonly workingDirectory?: string;
  /** Path or content of the manifest below the host's. Default: the one in the package. */
  readonly packaged?: string | object;
}

/**
 * @param manifest path or file URL of the host's manifest, or its content
 * @param overrides settings that take precedence; strings in them are literal, and `undefined` is not given
 * @throws ConfigurationError with all faults of all places; a manifest that cannot be read is one by itself
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
 * The settings of an output that is used without a manifest.
 *
 * @param workingDirectory absolute; what paths are relative to
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
 * The settings of a line that no output of the plugin sends.
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
 * A copy to be shown: every secret is `(hidden)`, wherever its value came from, and so is what of an address may be a password.
 */
export function redact(settings: Settings): Settings {
  return mapSettings(createConfigSchema(), settings, (value, schemas) => {
    if (value !== undefined && schemas.some((schema) => schema['x-secret'])) return '(hidden)';
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

/** A secret in a manifest that another user has written, or may write, is none; and root takes no orders from everybody. */
function findExposure({ config, distrust, rootDistrust, source }: Manifest): readonly ConfigurationFault[] {
  const toFault = (expected: string, reason: string) => [
    { path: '', expected, received: `one that is refused: ${reason}`, source },
  ];
  if (distrust !== undefined && holdsSecret(config)) {
    return toFault('a manifest with secrets that only root and the user of the program may write', distrust);
  }
  if (rootDistrust === undefined) return [];
  return toFault('a manifest that not everybody may write, since it decides where root writes', rootDistrust);
}

/** Placeholders, and the address of a proxy without a password, are no secrets. */
function holdsSecret(config: object): boolean {
  let isFound = false;
  mapSettings(createConfigSchema(), config, (value, schemas) => {
    const isSecret = typeof value === 'string' && !value.includes('${') && !/^https?:\/\/[^@]*$/.test(value);
    if (isSecret && schemas.some((schema) => schema['x-secret'])) isFound = true;
    return value;
  });
  return isFound;
}

/** In an app bundled into one file there is no package, and so no settings in it. */
function findPackaged(): string | object {
  try {
    return fileURLToPath(import.meta.resolve('kinesis-snare/manifest.json'));
  } catch {
    return { id: 'kinesis-snare' };
  }
}

/** Editors want `$schema`; it is no setting. */
function omitSchema(config: unknown): unknown {
  if (!isObject(config)) return config;
  return Object.fromEntries(Object.entries(config).filter(([key]) => key !== '$schema'));
}
