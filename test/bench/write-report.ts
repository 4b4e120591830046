/** Inserts the tables of a run into the page that shows them, so that no figure is written by hand. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type BenchReport, formatReport } from './report.js';

const page = new URL('../../../docs/performance.md', import.meta.url);

export function writeReport(report: BenchReport): void {
  writeFileSync(page, insertReport(readFileSync(page, 'utf8'), formatReport(report)));
}

/** Inserts the tables between the markers of the text; throws if it has no markers. */
export function insertReport(markdown: string, tables: string): string {
  const place = /(<!-- benchmark -->)[\s\S]*?(<!-- \/benchmark -->)/;
  if (!place.test(markdown))
    throw new Error('Expected the marks "<!-- benchmark -->" and "<!-- /benchmark -->", got none');
  return markdown.replace(place, (_, begin: string, end: string) => `${begin}\n\n${tables}\n\n${end}`);
}
