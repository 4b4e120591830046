/** Puts the tables of a run into the texts that show them, so that no figure is written by hand. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type BenchReport, formatReport, formatSummary } from './report.js';

const root = new URL('../../../', import.meta.url);

export function writeReport(report: BenchReport): void {
  writeInto(new URL('README.md', root), formatSummary(report));
  writeInto(new URL('test/bench/README.md', root), formatReport(report));
}

/** The text with the tables between its marks; throws when it has none. */
export function insertReport(markdown: string, tables: string): string {
  const place = /(<!-- benchmark -->)[\s\S]*?(<!-- \/benchmark -->)/;
  if (!place.test(markdown))
    throw new Error('Expected the marks "<!-- benchmark -->" and "<!-- /benchmark -->", got none');
  return markdown.replace(place, (_, begin: string, end: string) => `${begin}\n\n${tables}\n\n${end}`);
}

function writeInto(file: URL, tables: string): void {
  writeFileSync(file, insertReport(readFileSync(file, 'utf8'), tables));
}
