/** Everything that the fast path has to know about one format of flow logs, computed once. */
import { type FieldTypes, toFieldTypes, useFieldTypes } from './scan-fields.js';
import { createTemplate } from './template.js';
import type { FastFormat, LineRules } from './types.js';
import { type LineProgram, toLineProgram, useLineProgram } from './write-line.js';

export interface FormatProgram {
  readonly types: FieldTypes;
  /** Undefined if lines of the format are for the general path only. */
  readonly line: LineProgram | undefined;
  /** The indices of these fields in a message; -1 if the format does not have them. */
  readonly start: number;
  readonly end: number;
  readonly action: number;
  readonly logStatus: number;
  readonly interfaceId: number;
  /** The bytes with which a field has to begin, if the format has such a mark. */
  readonly mark: FieldMark | undefined;
  /** The name of the first field: a message that begins with it may be a header. */
  readonly firstName: Uint8Array;
  readonly firstByte: number;
}

export interface FieldMark {
  readonly index: number;
  readonly bytes: Uint8Array;
}

export function toFormatProgram<Format extends FastFormat>(format: Format, general: LineRules<Format>): FormatProgram {
  const { fields, positions, mark } = format;
  const template = createTemplate(format, general);
  const firstName = Buffer.from(fields[0]?.name ?? '');
  const positionOf = (name: string) => positions.get(name) ?? -1;
  return {
    types: toFieldTypes(format),
    line: template && toLineProgram(template),
    start: positionOf('start'),
    end: positionOf('end'),
    action: positionOf('action'),
    logStatus: positionOf('log-status'),
    interfaceId: positionOf('interface-id'),
    mark: mark && { index: mark.index, bytes: Buffer.from(mark.startsWith) },
    firstName,
    firstByte: firstName[0] ?? 0,
  };
}

let inUse: FormatProgram | undefined;

/** Selects the format to scan for and the program that writes its lines. */
export const useFormatProgram = (program: FormatProgram): void => {
  if (program !== inUse) load(program);
};

function load(program: FormatProgram): void {
  useFieldTypes(program.types);
  if (program.line) useLineProgram(program.line);
  inUse = program;
}
