/** Finds probably misspelt fields in the formats of the settings. They are accepted anyway, since AWS adds fields. */
import { distance } from 'fastest-levenshtein';
import { fieldNames, isFieldName } from '../flow-log-fields.js';
import { parseFormat } from '../flow-log-format.js';
import type { InputSettings } from '../settings/settings.js';
import { toFormatRules } from './open-formats.js';

/** A sentence for each name that differs from a known one by at most one letter, ignoring case and hyphens. */
export function adviseFields(formats: InputSettings['formats']): readonly string[] {
  const names = toFormatRules(formats).flatMap(({ format }) => {
    const parsed = parseFormat(format);
    return 'fields' in parsed ? parsed.fields.map(({ name }) => name) : [];
  });
  return [...new Set(names)].flatMap((name) => {
    if (isFieldName(name)) return [];
    const near = fieldNames.find((known) => distance(toLetters(name), toLetters(known)) <= 1);
    if (near === undefined) return [];
    return `input.formats: "${name}" is not a known field; did you mean "${near}"? It is kept in SNAREDATAMAP under its own name`;
  });
}

function toLetters(name: string): string {
  return name.replaceAll('-', '').toLowerCase();
}
