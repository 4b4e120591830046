/** Describes in words which values a setting allows, for faults and for the table of options. */
import type { OptionSchema } from './option-schema.js';

/** `a whole number from 1 to 65535`, `"snare", "raw" or "json"`; never empty. */
export function describeOption(schemas: readonly OptionSchema[]): string {
  const words = schemas.flatMap(describeOne);
  const [last = 'nothing', ...others] = [...new Set(words)].reverse();
  return others.length === 0 ? last : `${others.reverse().join(', ')} or ${last}`;
}

/** The words that an enumeration allows, collected through nested choices. */
export function wordsOf(schemas: readonly OptionSchema[]): readonly string[] {
  return schemas.flatMap(({ enum: words = [], const: word }) => (word === undefined ? words : [word]));
}

function describeOne(schema: OptionSchema): readonly string[] {
  if (schema.enum || schema.const !== undefined) return wordsOf([schema]).map((word) => JSON.stringify(word));
  switch (schema.type) {
    case 'object':
      return ['an object'];
    case 'array':
      return ['a list'];
    case 'integer':
      return [`a whole number from ${schema.minimum} to ${schema.maximum}`];
    case 'boolean':
      return ['true or false'];
    case 'string':
      return [describeString(schema)];
    default:
      // The options of a choice describe it.
      return [];
  }
}

function describeString({ format, maxLength, minLength, ...schema }: OptionSchema): string {
  if (format === 'uri') return 'an http or https URL';
  if (format === 'date-time') return 'an RFC 3339 time such as "2022-11-17T22:09:41Z"';
  if (schema['x-path']) return 'a path';
  if (schema['x-verbatim']) return 'a flow-log format such as "${version} ${srcaddr}"';
  return maxLength === undefined ? 'a string that is not empty' : `a string of ${minLength} to ${maxLength} characters`;
}
