/** From layers of raw values to settings that hold, or all that is wrong with them. */
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
  /** Absolute; what the paths of defaults are relative to. */
  readonly folder: string;
  /** What was wrong before; it is thrown with the rest. */
  readonly faults?: readonly ConfigurationFault[];
  /** What is wrong with settings that hold one by one. */
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
  return settings;
}
