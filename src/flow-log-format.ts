/**
 * The format of a flow log: the fields of its lines, in order. The text is in the syntax of AWS, `${version} ${account-id}
 * ...`. https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html
 */
import { type FlowLogField, toField } from './flow-log-fields.js';

export interface FlowLogFormat {
  /** `${a} ${b}`, the same for equal formats whatever their notation. */
  readonly text: string;
  /** One or more, no name twice. */
  readonly fields: readonly FlowLogField[];
  /** The position of each field in a line, by name. */
  readonly positions: ReadonlyMap<string, number>;
  /** A value that every line of the format has, in addition to the types of its fields. */
  readonly mark: FormatMark | undefined;
}

export interface FormatMark {
  readonly index: number;
  readonly startsWith: string;
}

export interface FormatFault {
  /** What was expected, what was found and what to do, for the author of the format. */
  readonly fault: string;
}

/**
 * Accepts the syntax of AWS, that of Terraform (`$${version}`), and bare names, with `_` for `-`, in any case, separated by any
 * white space. A name that is not in the field table becomes a field of type text.
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

/** A format of valid names, spelt as AWS does, without duplicates. */
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
