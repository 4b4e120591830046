/**
 * The format of a flow log: which fields its lines have, in which order. The text is what AWS takes and gives back,
 * `${version} ${account-id} ...`. https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html
 */
import { type FlowLogField, toField } from './flow-log-fields.js';

export interface FlowLogFormat {
  /** `${a} ${b}`, equal for equal formats however they were written. */
  readonly text: string;
  /** One or more, no name twice. */
  readonly fields: readonly FlowLogField[];
  /** Where a field is in a line, by its name. */
  readonly positions: ReadonlyMap<string, number>;
  /** A value that every line of the format has, beside what the types of its fields demand. */
  readonly mark: FormatMark | undefined;
}

export interface FormatMark {
  readonly index: number;
  readonly startsWith: string;
}

export interface FormatFault {
  /** What was expected, what came and what to do, for the person who wrote the format. */
  readonly fault: string;
}

/**
 * Takes the text as AWS writes it, as Terraform does (`$${version}`), and bare names, with `_` for `-`, in any case,
 * with any white space between. A name that is not in the field table is a field of type text under that name.
 */
export function parseFormat(text: string): FlowLogFormat | FormatFault {
  const tokens = text.split(/\s+/).filter((token) => token !== '');
  if (tokens.length === 0) {
    return { fault: `Expected a format such as "\${version} \${account-id}", got "${text}"; name at least one field` };
  }
  const names = tokens.map(parseName);
  const badIndex = names.indexOf(undefined);
  if (badIndex !== -1) {
    return {
      fault: `Expected a field such as "\${account-id}", got "${tokens[badIndex]}"; put a space between fields`,
    };
  }
  const known = names.filter((name) => name !== undefined);
  const repeated = known.find((name, index) => known.indexOf(name) !== index);
  if (repeated !== undefined) {
    return { fault: `Expected each field once, got "${repeated}" again; remove one of the two` };
  }
  return toFormat(known);
}

/** A format of names that are known to be good: as AWS writes them, none twice. */
export function toFormat(names: readonly string[], mark?: FormatMark): FlowLogFormat {
  return {
    text: names.map((name) => `\${${name}}`).join(' '),
    fields: names.map(toField),
    positions: new Map(names.map((name, index) => [name, index])),
    mark,
  };
}

function parseName(token: string): string | undefined {
  const [, inBraces, bare] = /^(?:\$*\{([\w-]+)\}|([\w-]+))$/.exec(token) ?? [];
  return (inBraces ?? bare)?.toLowerCase().replaceAll('_', '-');
}
