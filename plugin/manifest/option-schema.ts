/**
 * The JSON Schema of settings, made from the schema in code, and the questions that the loader and the table of options
 * ask of it. It describes what a user writes, so whatever has a default may be left out.
 */
import { z } from 'zod';
import { settingsSchema } from '../../src/settings/settings.js';

/** As much of JSON Schema 2020-12 as our settings use. */
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
  /** Objects told apart by the constant of their `type`. */
  readonly oneOf?: readonly OptionSchema[];
  /** A path, relative to the folder of the manifest. */
  readonly 'x-path'?: boolean;
  /** Never printed. */
  readonly 'x-secret'?: boolean;
  /** Taken as it stands, without placeholders. */
  readonly 'x-verbatim'?: boolean;
}

export type SettingPath = readonly string[];

export function createOptionSchema(schema: z.ZodType): OptionSchema {
  return z.toJSONSchema(schema, { io: 'input', override: ({ jsonSchema }) => tidy(jsonSchema) }) as OptionSchema;
}

/** The manifest's `configSchema`. */
export function createConfigSchema(): OptionSchema {
  const schema = createOptionSchema(settingsSchema);
  const $schema = { type: 'string', description: 'Address of a JSON Schema, for editors.' } as const;
  return { ...schema, properties: { $schema, ...schema.properties } };
}

/**
 * The schema and, where it is a choice, what can be chosen. An object whose `type` is one of the choices leaves only that
 * one.
 */
export function variantsOf(schema: OptionSchema, value?: unknown): readonly OptionSchema[] {
  const choices = schema.oneOf ?? schema.anyOf ?? [];
  const meant = isObject(value) ? choices.filter((choice) => typeOf(choice) === value.type) : [];
  return [schema, ...(meant.length > 0 ? meant : choices).flatMap((choice) => variantsOf(choice, value))];
}

/** The constant of `type` that a choice is told apart by. */
export function typeOf(schema: OptionSchema): string | undefined {
  return schema.properties?.type?.const;
}

/** What the value's part at `key` may be; `key` is a name or the index in a list. */
export function childVariants(schemas: readonly OptionSchema[], key: string, child?: unknown): readonly OptionSchema[] {
  return schemas
    .flatMap(
      ({ properties = {}, items }) => items ?? (Object.hasOwn(properties, key) ? properties[key] : undefined) ?? [],
    )
    .flatMap((schema) => variantsOf(schema, child));
}

/** What may be at the path in the value. */
export function variantsAt(schema: OptionSchema, path: SettingPath, value: unknown): readonly OptionSchema[] {
  let variants = variantsOf(schema, value);
  let part = value;
  for (const key of path) {
    part = isObject(part) || Array.isArray(part) ? (part as Record<string, unknown>)[key] : undefined;
    variants = childVariants(variants, key, part);
  }
  return variants;
}

/** A copy in which `change` has replaced what it wanted to; it sees a whole before its parts. */
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

/** Anything with named parts, whoever made it: also an instance of a host's own class. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tidy(schema: z.core.JSONSchema.BaseSchema): void {
  // The calendar with its leap years, 300 characters of it; `format` says as much.
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
