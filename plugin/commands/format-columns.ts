/** Lines of cells in columns: the first column to the left, the others, which are numbers, to the right. */
export function formatColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  const pad = (cell: string, index: number) =>
    index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0);
  return rows.map((row) => `${row.map(pad).join('  ')}\n`).join('');
}

/** The start of an hour in UTC. */
export function formatHour(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}
