/**
 * Substitutes environment variables in a text: `${NAME}`, `${NAME:-default}` and `${NAME:?message}`; the latter two also apply
 * if the variable is empty. `${file:PATH}` becomes the content of a file. `$$` becomes one `$`. Substituted values are not
 * expanded again. A `$` before any other character stays as it is.
 */
import { readSecretText, type SecretPlace } from './read-secret-text.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Substituted {
  readonly text: string;
  /** The variables whose values the text contains. */
  readonly variables: readonly string[];
  /** The files whose contents the text contains, as they are written. The text is a secret if there is one. */
  readonly files: readonly string[];
  /** Whether the text is exactly one placeholder. */
  readonly isWhole: boolean;
  readonly faults: readonly PlaceholderFault[];
}

export interface PlaceholderFault {
  readonly expected: string;
  /** The malformed placeholder. */
  readonly received?: string;
  readonly hint: string;
}

const PLACEHOLDER = /\$\$|\$\{[^}]*\}?/g;
const PARTS = /^\$\{([A-Za-z_]\w*)(?::([-?])([^}]*))?\}$/;
const FILE = /^\$\{file:(?![-?])([^}]*)\}$/;

export function substitute(text: string, { environment, folder }: SecretPlace): Substituted {
  const variables = new Set<string>();
  const files = new Set<string>();
  const faults: PlaceholderFault[] = [];
  const result = text.replace(PLACEHOLDER, (placeholder) => {
    if (placeholder === '$$') return '$';
    const [, path] = FILE.exec(placeholder) ?? [];
    if (path !== undefined) {
      const content = readSecretText(path, { environment, folder });
      if (typeof content === 'string') {
        files.add(path);
        return content;
      }
      faults.push(content);
      return placeholder;
    }
    const [, name, operator, operand = ''] = PARTS.exec(placeholder) ?? [];
    // Placeholders do not nest. If an inner one were taken as text, its rest would end up in the value.
    if (name === undefined || operand.includes('${')) {
      faults.push(malformed(placeholder));
      return placeholder;
    }
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (value !== undefined && (value !== '' || operator === undefined)) {
      variables.add(name);
      return value;
    }
    if (operator === '-') return operand;
    faults.push(unset(name, value, operand));
    return placeholder;
  });
  const isWhole = PARTS.test(text) || FILE.test(text);
  return { text: result, variables: [...variables], files: [...files], isWhole, faults };
}

function malformed(placeholder: string): PlaceholderFault {
  return {
    expected: 'a placeholder such as ${NAME} or ${NAME:-default}',
    received: placeholder,
    hint: 'write $$ for a dollar sign',
  };
}

function unset(name: string, value: string | undefined, message: string): PlaceholderFault {
  return {
    expected: `the environment variable ${name}${value === undefined ? '' : ' not to be empty'}`,
    hint: message || `set it, or write \${${name}:-default}`,
  };
}
