/**
 * `src/settings/settings-types.ts`, from the one schema of the settings: an interface with a doc comment, the unit, the limits
 * and the default at each option. A host sees it when it points at an option, and its compiler never sees zod.
 */
import { z } from 'zod';
import { describeOption } from '../../plugin/manifest/describe-option.js';
import { createOptionSchema, isObject, type OptionSchema, typeOf } from '../../plugin/manifest/option-schema.js';
import { settingsSchema } from '../../src/settings/settings.js';

/** What the settings are before, or after, the defaults are filled in. */
interface Side {
  /** What the names of types end with. */
  readonly suffix: 'Settings' | 'SettingsInput';
  readonly schema: OptionSchema;
  /** A host may put settings together step by step; those that are filled in never change. */
  readonly isReadonly: boolean;
  /** About the whole. */
  readonly text: string;
}

const sides: readonly Side[] = [
  {
    suffix: 'SettingsInput',
    schema: createOptionSchema(settingsSchema),
    isReadonly: false,
    text: 'What a user may write: whatever has a default may be left out.',
  },
  {
    suffix: 'Settings',
    schema: z.toJSONSchema(settingsSchema, { io: 'output' }) as OptionSchema,
    isReadonly: true,
    text: 'The settings with every default filled in.',
  },
];

const width = 120;

/** The text of the file, laid out as the formatter wants it. */
export function formatSettingsTypes(): string {
  const head = 'Every setting, with what it means. Generated from the schema by `npm run generate`; do not edit.';
  const declarations = sides.flatMap((side) => declareObject(side, '', side.schema, side.text));
  return `${formatComment([head], '')}\n${declarations.join('\n')}`;
}

/** The interface of an object, and behind it those of the objects in it. */
function declareObject(side: Side, name: string, schema: OptionSchema, text: string): readonly string[] {
  const { properties = {}, required = [] } = schema;
  const members = Object.entries(properties).map(([key, option]) => {
    const isRequired = required.includes(key);
    const type = isRequired ? formatType(side, key, option) : `${formatType(side, key, option)} | undefined`;
    const member = `  ${side.isReadonly ? 'readonly ' : ''}${key}${isRequired ? '' : '?'}: ${type};\n`;
    return formatComment(toParagraphs(key, option), '  ') + member;
  });
  const inside = Object.entries(properties).flatMap(([key, option]) => declareInside(side, key, option));
  const declaration = `${formatComment([text], '')}export interface ${name}${side.suffix} {\n${members.join('')}}\n`;
  return [declaration, ...inside];
}

function declareInside(side: Side, key: string, schema: OptionSchema): readonly string[] {
  const { description = '', items } = schema;
  if (schema.type === 'object') return declareObject(side, nameOf(key, schema), schema, description);
  const choices = schema.oneOf ?? schema.anyOf ?? [];
  const inside = choices.flatMap((choice) => {
    const text = choice.properties?.type?.description ?? description;
    return declareInside(side, key, { ...choice, description: text });
  });
  if (!schema.oneOf) return [...inside, ...(items ? declareInside(side, key, { ...items, description }) : [])];
  const name = nameOf(key, schema) + side.suffix;
  const types = choices.map((choice) => nameOf(key, choice) + side.suffix);
  const onOneLine = `export type ${name} = ${types.join(' | ')};\n`;
  const alias =
    onOneLine.length <= width + 1
      ? onOneLine
      : `export type ${name} =\n${types.map((type) => `  | ${type}`).join('\n')};\n`;
  return [formatComment([description], '') + alias, ...inside];
}

/** `TcpOutput` of `output`, `Format` of `formats`; without what the names of types end with. */
function nameOf(key: string, schema: OptionSchema): string {
  return capitalize(typeOf(schema)) + capitalize(key).replace(/(?<=Format)s$/, '');
}

function formatType(side: Side, key: string, schema: OptionSchema): string {
  if (schema.const !== undefined) return `'${schema.const}'`;
  if (schema.oneOf || schema.type === 'object') return nameOf(key, schema) + side.suffix;
  if (schema.anyOf) return formatUnion(schema.anyOf.map((choice) => formatType(side, key, choice)));
  if (schema.enum) return formatUnion(schema.enum.map((word) => `'${word}'`));
  if (schema.type === 'array') return formatArray(side, formatType(side, key, schema.items ?? {}));
  return schema.type === 'integer' ? 'number' : (schema.type ?? 'unknown');
}

function formatArray({ isReadonly }: Side, item: string): string {
  return `${isReadonly ? 'readonly ' : ''}${item.includes(' | ') ? `(${item})` : item}[]`;
}

/** Beside a string, words say nothing to the compiler. */
function formatUnion(types: readonly string[]): string {
  const isWide = types.includes('string');
  return [...new Set(types.filter((type) => !isWide || !type.startsWith("'")))].join(' | ');
}

/** What it is for; its unit and limits; its default. */
function toParagraphs(key: string, schema: OptionSchema): readonly string[] {
  const value = describeValue(key, schema);
  const preset = schema.default === undefined || isObject(schema.default) ? undefined : schema.default;
  const sentences = [value, schema['x-secret'] ? 'Secret: never shown.' : undefined].filter(
    (text) => text !== undefined,
  );
  return [
    schema.description ?? '',
    ...(sentences.length > 0 ? [sentences.join(' ')] : []),
    ...(preset === undefined ? [] : [`@default ${formatPreset(key, preset)}`]),
  ];
}

/** Undefined where the type says as much. */
function describeValue(key: string, schema: OptionSchema): string | undefined {
  if (schema.items?.maxLength !== undefined) return `Each: ${describeOption([schema.items])}.`;
  if (schema.type === 'integer') return `${capitalize(unitOf(key) + describeOption([schema]))}.`;
  if (schema.type === 'string' && !schema.enum && schema.const === undefined) {
    return `${capitalize(describeOption([schema]))}.`;
  }
  return undefined;
}

function unitOf(key: string): string {
  const [, suffix = ''] = key.match(/(Ms|Bytes|BytesPerMinute|Percent)$/) ?? [];
  const units: Readonly<Record<string, string>> = {
    Ms: 'milliseconds: ',
    Bytes: 'bytes: ',
    BytesPerMinute: 'bytes: ',
    Percent: 'percent: ',
  };
  return units[suffix] ?? '';
}

function formatPreset(key: string, preset: unknown): string {
  const mebibytes = Number(preset) / 1024 ** 2;
  const size = unitOf(key) === 'bytes: ' && mebibytes > 0 && Number.isInteger(mebibytes) ? ` (${mebibytes} MiB)` : '';
  return `${JSON.stringify(preset)}${size}`;
}

function formatComment(paragraphs: readonly string[], indent: string): string {
  const texts = paragraphs.map((text) => text.replaceAll('*/', '*\\/'));
  const [only = ''] = texts;
  const line = `${indent}/** ${only} */\n`;
  if (texts.length === 1 && line.length <= width + 1) return line;
  const lines = texts.flatMap((text, index) => [...(index > 0 ? [''] : []), ...wrap(text, width - indent.length - 3)]);
  return `${indent}/**\n${lines.map((one) => `${`${indent} * ${one}`.trimEnd()}\n`).join('')}${indent} */\n`;
}

function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function capitalize(text = ''): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
