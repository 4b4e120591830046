/**
 * Merges settings from several layers. Each part keeps its origin, for the text of a fault and for the base folder of a
 * relative path. Only parts that remain after the merge are checked: a placeholder without a variable is not a fault if a later
 * layer overrides it.
 */
import { childVariants, isObject, type OptionSchema, type SettingPath, variantsOf } from './option-schema.js';
import { type Environment, type PlaceholderFault, substitute } from './substitute.js';

export interface Origin {
  /** The name of the layer in faults. */
  readonly source: string;
  /** Absolute base of relative paths. */
  readonly folder: string;
  /** The layer comes with the package, so a user cannot change it. */
  readonly isStandard?: boolean;
  /** The value comes from a file of a placeholder and is never shown. */
  readonly isSecret?: boolean;
}

export interface Layer extends Origin {
  readonly value: unknown;
  /** For placeholders; if omitted, strings are literal. */
  readonly environment?: Environment;
}

export type SettingTree = ObjectTree | ListTree | Leaf;

interface ObjectTree {
  readonly kind: 'object';
  readonly origin: Origin;
  /** A map, because a name may be `__proto__`. */
  readonly entries: ReadonlyMap<string, SettingTree>;
}

interface ListTree {
  readonly kind: 'list';
  readonly origin: Origin;
  readonly items: readonly SettingTree[];
}

interface Leaf {
  readonly kind: 'leaf';
  readonly origin: Origin;
  /** Undefined when there are faults. */
  readonly value: unknown;
  readonly faults: readonly PlaceholderFault[];
}

/**
 * Later layers take precedence. The first layer takes precedence over the defaults of the objects that it contains.
 *
 * @param folder absolute base of the relative paths of defaults
 */
export function mergeLayers(
  [first, ...others]: readonly [Layer, ...Layer[]],
  schema: OptionSchema,
  folder: string,
): SettingTree {
  const schemas = variantsOf(schema);
  const begin = mergeOntoDefaults(toTree(first, schemas), schemas, folder);
  // The default comes before every layer, so that an object has its default `type` before a layer changes it.
  return others.reduce(
    (lower, layer) => mergeOntoDefaults(merge(lower, toTree(layer, schemas)), schemas, folder),
    begin,
  );
}

function mergeOntoDefaults(tree: SettingTree, schemas: readonly OptionSchema[], folder: string): SettingTree {
  if (tree.kind !== 'object') return tree;
  const entries = new Map(
    [...tree.entries].map(([key, child]) => {
      const variants = childVariants(schemas, key);
      const standard = variants.find((schema) => isObject(schema.default))?.default;
      const layer = { source: 'default', folder, value: standard, isStandard: true };
      const whole = isObject(standard) && child.kind === 'object' ? merge(toTree(layer, variants), child) : child;
      return [key, mergeOntoDefaults(whole, variants, folder)];
    }),
  );
  return { ...tree, entries };
}

export function toValue(tree: SettingTree): unknown {
  if (tree.kind === 'leaf') return tree.value;
  if (tree.kind === 'list') return tree.items.map(toValue);
  return Object.fromEntries([...tree.entries].map(([key, child]) => [key, toValue(child)]));
}

/** The part at the path, or its nearest existing parent. */
export function findPart(tree: SettingTree, path: SettingPath): SettingTree {
  const [key, ...rest] = path;
  if (key === undefined || tree.kind === 'leaf') return tree;
  const child = tree.kind === 'list' ? tree.items[Number(key)] : tree.entries.get(key);
  return child ? findPart(child, rest) : tree;
}

/** Every leaf with its path, in order. */
export function* leavesOf(tree: SettingTree, path: SettingPath = []): Generator<{ path: SettingPath; leaf: Leaf }> {
  if (tree.kind === 'leaf') yield { path, leaf: tree };
  else {
    const children = tree.kind === 'list' ? tree.items.entries() : tree.entries;
    for (const [key, child] of children) yield* leavesOf(child, [...path, String(key)]);
  }
}

function toTree(layer: Layer, schemas: readonly OptionSchema[]): SettingTree {
  const { value, source, folder, isStandard = false } = layer;
  const origin = { source, folder, isStandard };
  // An unknown object is a fault as a whole. It is not traversed, because it may be circular.
  if (isObject(value) && schemas.some(({ properties }) => properties)) {
    const given = Object.entries(value).filter(([, child]) => child !== undefined);
    const entries = given.map(
      ([key, child]) => [key, toTree({ ...layer, value: child }, childVariants(schemas, key))] as const,
    );
    return { kind: 'object', origin, entries: new Map(entries) };
  }
  if (Array.isArray(value) && schemas.some(({ items }) => items)) {
    const items = value.map((child, index) =>
      toTree({ ...layer, value: child }, childVariants(schemas, String(index))),
    );
    return { kind: 'list', origin, items };
  }
  if (typeof value === 'string' && layer.environment && takesPlaceholders(schemas)) {
    return toSubstitutedLeaf(value, origin, layer.environment, schemas);
  }
  return { kind: 'leaf', origin, value, faults: [] };
}

function takesPlaceholders(schemas: readonly OptionSchema[]): boolean {
  return schemas.length > 0 && !schemas.some((schema) => schema['x-verbatim']);
}

function toSubstitutedLeaf(
  string: string,
  origin: Origin,
  environment: Environment,
  schemas: readonly OptionSchema[],
): Leaf {
  const { text, variables, files, isWhole, faults } = substitute(string, { environment, folder: origin.folder });
  if (faults.length > 0) {
    const isSecret = schemas.some((schema) => schema['x-secret']);
    return { kind: 'leaf', origin, value: undefined, faults: isSecret ? faults.map(hideReceived) : faults };
  }
  const value = isWhole ? toWantedType(text, schemas) : text;
  const source = [...nameSources('environment variable', variables), ...nameSources('file', files)].join(' and ');
  if (source === '') return { kind: 'leaf', origin, value, faults };
  return { kind: 'leaf', origin: { ...origin, source, isSecret: files.length > 0 }, value, faults };
}

function nameSources(noun: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${noun}${names.length === 1 ? '' : 's'} ${names.join(', ')}`];
}

/** A malformed placeholder may be a part of the secret. */
function hideReceived({ expected, hint }: PlaceholderFault): PlaceholderFault {
  return { expected, hint };
}

function toWantedType(text: string, schemas: readonly OptionSchema[]): unknown {
  const wants = (wanted: OptionSchema['type']) => schemas.some(({ type }) => type === wanted);
  if (wants('integer') && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (wants('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function merge(lower: SettingTree, upper: SettingTree): SettingTree {
  if (lower.kind !== 'object' || upper.kind !== 'object' || hasOtherType(lower, upper)) return upper;
  const entries = new Map(lower.entries);
  for (const [key, child] of upper.entries) {
    const below = entries.get(key);
    entries.set(key, below ? merge(below, child) : child);
  }
  // A missing key is reported at the place where the user began the object.
  return { kind: 'object', origin: lower.origin.isStandard ? upper.origin : lower.origin, entries };
}

/** An output of another type replaces the lower one: a tcp output is not a file output with a few more keys. */
function hasOtherType(lower: ObjectTree, upper: ObjectTree): boolean {
  const [before, after] = [lower.entries.get('type'), upper.entries.get('type')];
  return before?.kind === 'leaf' && after?.kind === 'leaf' && before.value !== after.value;
}
