/**
 * Turns the issues of the validator into faults that a user can fix. The text comes from the schema, not from the validator.
 */
import type { z } from 'zod';
import { type ConfigurationFault, formatReceived } from '../../src/configuration-error.js';
import { findNearest } from '../../src/nearest.js';
import { describeOption, wordsOf } from './describe-option.js';
import {
  childVariants,
  isObject,
  type OptionSchema,
  type SettingPath,
  typeOf,
  variantsAt,
  variantsOf,
} from './option-schema.js';
import { findPart, type SettingTree } from './setting-tree.js';

export interface Checked {
  readonly tree: SettingTree;
  /** The value of the tree. */
  readonly value: unknown;
  readonly schema: OptionSchema;
}

/** One fault for each invalid setting, in the order of the issues. */
export function toFaults(issues: readonly z.core.$ZodIssue[], checked: Checked): ConfigurationFault[] {
  const faults = issues.flatMap((issue) => toIssueFaults(issue, [], checked));
  // A number can exceed two limits at once.
  return [...new Map(faults.map((fault) => [fault.path, fault])).values()];
}

function toIssueFaults(issue: z.core.$ZodIssue, base: SettingPath, checked: Checked): ConfigurationFault[] {
  const path = [...base, ...issue.path.map(String)];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => toUnknownKeyFault([...path, key], checked));
  if (issue.code === 'invalid_union') {
    // The intended option is the one whose own type fits the value.
    const meant = issue.errors.find((issues) => !issues.some(isWrongType));
    if (meant) return meant.flatMap((inner) => toIssueFaults(inner, path, checked));
  }
  const part = findPart(checked.tree, path);
  // A placeholder without a variable is already reported.
  if (part.kind === 'leaf' && part.faults.length > 0) return [];
  return [toValueFault(path, issue.code === 'custom' ? issue.message : undefined, checked)];
}

function isWrongType({ code, path }: z.core.$ZodIssue): boolean {
  return code === 'invalid_type' && path.length === 0;
}

/** @param sentence text of the schema's own check, which already contains the received value */
function toValueFault(
  path: SettingPath,
  sentence: string | undefined,
  { tree, value, schema }: Checked,
): ConfigurationFault {
  const schemas = variantsAt(schema, path, value);
  const { origin } = findPart(tree, path);
  const place = { path: path.join('.'), source: origin.source };
  // A text in place of an object may be the secret that belongs in the object.
  const isSecret = origin.isSecret || schemas.some(holdsSecret);
  if (sentence !== undefined && !isSecret) return { ...place, expected: sentence };
  const received = valueAt(value, path);
  const hint = received === undefined ? describePurpose(schemas) : suggest(received, wordsOf(schemas));
  return {
    ...place,
    expected: describeOption(schemas),
    received: isSecret && !isHarmless(received) ? '(hidden)' : formatReceived(received),
    ...(hint === undefined ? {} : { hint }),
  };
}

function holdsSecret(schema: OptionSchema): boolean {
  return variantsOf(schema).some(
    ({ properties = {}, ...variant }) => variant['x-secret'] || Object.values(properties).some(holdsSecret),
  );
}

/** The value of an object or of a list is never shown. */
function isHarmless(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'object';
}

function toUnknownKeyFault(path: SettingPath, { tree, value, schema }: Checked): ConfigurationFault {
  const key = path.at(-1) ?? '';
  const parentPath = path.slice(0, -1);
  const parents = variantsAt(schema, parentPath, value);
  const known = parents.flatMap(({ properties = {} }) => Object.keys(properties)).filter((name) => name !== '$schema');
  const types = parents
    .flatMap((parent) => variantsOf(parent))
    .filter((choice) => childVariants([choice], key).length > 0)
    .flatMap((choice) => typeOf(choice) ?? []);
  const hint =
    types.length > 0
      ? `it is for type ${listWords(types)}`
      : (describePlace(key, parentPath, { schema, value }) ?? suggest(key, known));
  return {
    path: path.join('.'),
    expected: 'a known option',
    source: findPart(tree, path).origin.source,
    hint: hint ?? `known here: ${known.join(', ')}`,
  };
}

/** Where an option of this name exists, if it is in the wrong section; undefined if there is none. */
function describePlace(
  key: string,
  [section]: SettingPath,
  { schema, value }: Pick<Checked, 'schema' | 'value'>,
): string | undefined {
  const namesAt = (path: SettingPath) =>
    variantsAt(schema, path, value).flatMap(({ properties = {} }) => Object.keys(properties));
  const sections = namesAt([]);
  if (section !== undefined && sections.includes(key)) return `it belongs beside "${section}", not in it`;
  const place = sections.find((name) => name !== section && namesAt([name]).includes(key));
  return place === undefined ? undefined : `it is an option of "${place}"`;
}

function listWords(words: readonly string[]): string {
  return [...new Set(words)].map((word) => JSON.stringify(word)).join(' or ');
}

function suggest(value: unknown, words: readonly string[]): string | undefined {
  const nearest = typeof value === 'string' ? findNearest(value, words) : undefined;
  return nearest === undefined ? undefined : `did you mean "${nearest}"?`;
}

/** The description of a missing option, as the end of a sentence. */
function describePurpose(schemas: readonly OptionSchema[]): string | undefined {
  const sentence = schemas.find(({ oneOf, anyOf, description }) => !oneOf && !anyOf && description)?.description;
  // For a `type`, each word has its own description.
  return wordsOf(schemas).length > 0 ? undefined : sentence?.replace(/\.$/, '');
}

function valueAt(value: unknown, path: SettingPath): unknown {
  return path.reduce<unknown>(
    (part, key) => (isObject(part) || Array.isArray(part) ? (part as Record<string, unknown>)[key] : undefined),
    value,
  );
}
