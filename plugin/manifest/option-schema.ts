/**
 * The JSON Schema of the settings, generated from the schema in code, with the queries of the loader and of the table of
 * options. It describes what a user writes, so every option with a default is optional.
 */
import { z } from 'zod';
import { settingsSchema } from '../../src/settings/settings.js';

/** The part of JSON Schema 2020-12 that our settings use. */
export interface OptionSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly format?: 'uri' | 'date-time';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, OptionSchema>>;
  readonly required?: readonly string[];
  readonly items?: OptionSchema;
  readonly anyOf?: readonly OptionSchema[];
  /** Objects that the constant of their `type` distinguishes. */
  readonly oneOf?: readonly OptionSchema[];
  /** A path, relative to the folder of the manifest. */
  readonly 'x-path'?: boolean;
  /** Its value is never printed. */
  readonly 'x-secret'?: boolean;
  /** Taken literally, without placeholders. */
  readonly 'x-verbatim'?: boolean;
}

export type SettingPath = readonly string[];

/** One takes milliseconds to generate, and each start asks for several. */
const generated = new WeakMap<z.ZodType, OptionSchema>();

/** The schemas in code do not change, so each is generated once. */
export function createOptionSchema(schema: z.ZodType): OptionSchema {
  const known = generated.get(schema);
  if (known) return known;
  const created = z.toJSONSchema(schema, { io: 'input', override: ({ jsonSchema }) => tidy(jsonSchema) });
  generated.set(schema, created as OptionSchema);
  return created as OptionSchema;
}

/** The manifest's `configSchema`. */
export function createConfigSchema(): OptionSchema {
  const schema = createOptionSchema(settingsSchema);
  const $schema = { type: 'string', description: 'Address of a JSON Schema, for editors.' } as const;
  return { ...schema, properties: { $schema, ...schema.properties } };
}

/**
 * The schema itself and, for a choice, its options. If the value is an object whose `type` names one of the options, only that
 * option.
 */
export function variantsOf(schema: OptionSchema, value?: unknown): readonly OptionSchema[] {
  const choices = schema.oneOf ?? schema.anyOf ?? [];
  const meant = isObject(value) ? choices.filter((choice) => typeOf(choice) === value.type) : [];
  return [schema, ...(meant.length > 0 ? meant : choices).flatMap((choice) => variantsOf(choice, value))];
}

/** The constant of `type` that distinguishes an option of a choice. */
export function typeOf(schema: OptionSchema): string | undefined {
  return schema.properties?.type?.const;
}

/** The schemas for a child of the value; `key` is a name or the index in a list. */
export function childVariants(schemas: readonly OptionSchema[], key: string, child?: unknown): readonly OptionSchema[] {
  return schemas
    .flatMap(
      ({ properties = {}, items }) => items ?? (Object.hasOwn(properties, key) ? properties[key] : undefined) ?? [],
    )
    .flatMap((schema) => variantsOf(schema, child));
}

/** The schemas for the part of the value at the path. */
export function variantsAt(schema: OptionSchema, path: SettingPath, value: unknown): readonly OptionSchema[] {
  let variants = variantsOf(schema, value);
  let part = value;
  for (const key of path) {
    part = isObject(part) || Array.isArray(part) ? (part as Record<string, unknown>)[key] : undefined;
    variants = childVariants(variants, key, part);
  }
  return variants;
}

/** A copy of the value with the replacements that `change` returns; `change` sees an object before its parts. */
export function mapSettings(
  schema: OptionSchema,
  value: unknown,
  change: (value: unknown, schemas: readonly OptionSchema[], path: SettingPath) => unknown,
): unknown {
  const map = (part: unknown, schemas: readonly OptionSchema[], path: SettingPath): unknown => {
    const changed = change(part, schemas, path);
    const child = (key: string, item: unknown) => map(item, childVariants(schemas, key, item), [...path, key]);
    if (Array.isArray(changed)) return changed.map((item, index) => child(String(index), item));
    if (!isObject(changed)) return changed;
    return Object.fromEntries(Object.entries(changed).map(([key, item]) => [key, child(key, item)]));
  };
  return map(value, variantsOf(schema, value), []);
}

/** Any object except a list, including an instance of a class of the host. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tidy(schema: z.core.JSONSchema.BaseSchema): void {
  // The pattern would be 300 characters that spell out the calendar with its leap years. `format` says the same.
  if (schema.format) delete schema.pattern;
  // Settings merge onto the default, so its `type` need not be repeated.
  const standard = isObject(schema.default) ? schema.default.type : undefined;
  for (const choice of standard === undefined ? [] : (schema.oneOf ?? [])) {
    if (typeOf(choice as OptionSchema) !== standard) continue;
    const required = (choice.required ?? []).filter((key) => key !== 'type');
    if (required.length > 0) choice.required = required;
    else delete choice.required;
  }
}
