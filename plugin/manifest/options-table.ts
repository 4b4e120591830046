/**
 * Generates the tables of options in docs/settings.md from the same schema as that of the manifest. A choice with a `type` gets
 * its own table, in which an option that several types share is one row.
 */
import { describeOption } from './describe-option.js';
import { childVariants, createConfigSchema, type OptionSchema, typeOf, variantsOf } from './option-schema.js';

/** Markdown, without a heading. */
export function formatOptionsTable(): string {
  const { rows, choices } = collect(createConfigSchema(), '');
  return [formatTable(rows), ...choices.map(formatChoice)].join('\n\n');
}

/**
 * Inserts the tables between `<!-- options -->` and `<!-- /options -->`. Returns the text unchanged if it has no such markers.
 */
export function insertOptionsTable(markdown: string): string {
  return markdown.replace(
    /(<!-- options -->)[\s\S]*?(<!-- \/options -->)/,
    (_, begin: string, end: string) => `${begin}\n\n${formatOptionsTable()}\n\n${end}`,
  );
}

interface Row {
  readonly option: string;
  /** The types that have this option; empty outside of a choice. */
  readonly types: readonly string[];
  readonly value: string;
  readonly default: string;
  readonly meaning: string;
}

interface Choice {
  readonly path: string;
  readonly schema: OptionSchema;
}

interface Collected {
  readonly rows: readonly Row[];
  readonly choices: readonly Choice[];
}

/** The options of an object and of its nested objects, and the choices among them that get their own table. */
function collect({ properties = {}, required = [] }: OptionSchema, prefix: string): Collected {
  const parts = Object.entries(properties)
    .filter(([key]) => key !== '$schema')
    .map(([key, schema]): Collected => {
      const path = prefix + key;
      const row = toRow(path, schema, required.includes(key));
      if (schema.oneOf) return { rows: [row], choices: [{ path, schema }] };
      const nested = variantsOf(schema).flatMap((variant) => childVariants([variant], ''));
      const inside = [collect(schema, `${path}.`), ...nested.map((item) => collect(item, `${path}[].`))];
      return {
        rows: [row, ...inside.flatMap(({ rows }) => rows)],
        choices: inside.flatMap(({ choices }) => choices),
      };
    });
  return { rows: parts.flatMap(({ rows }) => rows), choices: parts.flatMap(({ choices }) => choices) };
}

function formatChoice({ path, schema }: Choice): string {
  const branches = schema.oneOf ?? [];
  const types = branches.map((branch) => `- \`${typeOf(branch)}\`: ${branch.properties?.type?.description}`);
  const rows = new Map<string, Row>();
  for (const branch of branches) {
    for (const row of collect(branch, `${path}.`).rows.filter(({ option }) => option !== `${path}.type`)) {
      // An option with the same name but another default or meaning is a separate option.
      const key = JSON.stringify(row);
      rows.set(key, { ...row, types: [...(rows.get(key)?.types ?? []), typeOf(branch) ?? ''] });
    }
  }
  return [`\`${path}.type\` is one of`, types.join('\n'), formatTable([...rows.values()])].join('\n\n');
}

function toRow(option: string, schema: OptionSchema, isRequired: boolean): Row {
  const preset = schema.oneOf && schema.default ? (schema.default as { type?: unknown }).type : schema.default;
  return {
    option,
    types: [],
    value: describeOption(variantsOf(schema)),
    default: isRequired
      ? 'required'
      : preset === undefined || typeof preset === 'object'
        ? ''
        : formatDefault(option, preset),
    meaning: schema.description ?? '',
  };
}

function formatDefault(option: string, preset: unknown): string {
  const mebibytes = Number(preset) / 1024 ** 2;
  const size = /Bytes/.test(option) && Number.isInteger(mebibytes) && mebibytes > 0 ? ` (${mebibytes} MiB)` : '';
  return `\`${String(preset)}\`${size}`;
}

function formatTable(rows: readonly Row[]): string {
  const hasTypes = rows.some(({ types }) => types.length > 0);
  const columns = ['Option', ...(hasTypes ? ['For'] : []), 'Value', 'Default', 'Meaning'];
  const cells = rows.map((row) => [
    `\`${row.option}\``,
    ...(hasTypes ? [row.types.join(', ')] : []),
    row.value,
    row.default,
    row.meaning,
  ]);
  return [columns, columns.map(() => '---'), ...cells].map(formatLine).join('\n');
}

function formatLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
