/** Turns layers of raw values into valid settings, or throws all their faults. */
import { resolve as resolvePath } from 'node:path';
import type { z } from 'zod';
import { ConfigurationError, type ConfigurationFault } from '../../src/configuration-error.js';
import { mapSettings, type OptionSchema } from './option-schema.js';
import { findPart, type Layer, leavesOf, mergeLayers, type Origin, toValue } from './setting-tree.js';
import { toFaults } from './to-faults.js';

export interface ResolveOptions<S extends z.ZodType> {
  readonly schema: S;
  /** The same schema as JSON Schema. */
  readonly optionSchema: OptionSchema;
  /** Lowest precedence first. */
  readonly layers: readonly [Layer, ...Layer[]];
  /** Absolute base of the relative paths of defaults. */
  readonly folder: string;
  /** Faults found before; they are thrown together with the new ones. */
  readonly faults?: readonly ConfigurationFault[];
  /** Finds faults between settings that are valid on their own. */
  readonly check?: (settings: z.output<S>, originOf: (path: string) => Origin) => readonly ConfigurationFault[];
}

/**
 * The settings with every default filled in and every path absolute.
 *
 * @throws ConfigurationError with all faults
 */
export function resolve<S extends z.ZodType>(options: ResolveOptions<S>): z.output<S> {
  const { schema, optionSchema, layers, folder } = options;
  const tree = mergeLayers(layers, optionSchema, folder);
  const value = toValue(tree);
  const unresolved = [...leavesOf(tree)].flatMap(({ path, leaf: { origin, faults } }) =>
    faults.map((fault) => ({ path: path.join('.'), source: origin.source, ...fault })),
  );
  const result = schema.safeParse(value);
  const invalid = result.success ? [] : toFaults(result.error.issues, { tree, value, schema: optionSchema });
  const faults = [...(options.faults ?? []), ...unresolved, ...invalid];
  if (!result.success || faults.length > 0) throw new ConfigurationError(faults);
  const settings = mapSettings(optionSchema, result.data, (part, schemas, path) => {
    if (typeof part !== 'string' || !schemas.some((step) => step['x-path'])) return part;
    const given = findPart(tree, path);
    return resolvePath(given.kind === 'leaf' ? given.origin.folder : folder, part);
  }) as z.output<S>;
  const shared = options.check?.(settings, (path) => findPart(tree, path.split('.')).origin) ?? [];
  if (shared.length > 0) throw new ConfigurationError(shared);
  const secret = [...leavesOf(tree)].filter(({ leaf }) => leaf.origin.isSecret).map(({ path }) => path.join('.'));
  if (typeof settings === 'object' && settings !== null) secretPaths.set(settings, new Set(secret));
  return settings;
}

/** The settings whose values come from files, which `redact` hides although others may show the same setting. */
const secretPaths = new WeakMap<object, ReadonlySet<string>>();

export function secretPathsOf(settings: object): ReadonlySet<string> {
  return secretPaths.get(settings) ?? new Set();
}
