/** A small plot of the last hour as SVG. */
import type { HistoryPoint } from '../../../src/report/history.js';
import { type Html, html } from './html.js';

export interface PlotOptions {
  readonly title: string;
  readonly points: readonly HistoryPoint[];
  readonly read: (point: HistoryPoint) => number;
  readonly format: (value: number) => string;
}

const width = 600;
const height = 100;
const hourMs = 3_600_000;

export function plot({ title, points, read, format }: PlotOptions): Html {
  const values = points.map(read);
  const most = Math.max(0, ...values);
  const now = format(values.at(-1) ?? 0);
  const text = `${title}: now ${now}, at most ${format(most)} in the last hour`;
  const x = ({ ageMs }: HistoryPoint) => (width * (1 - ageMs / hourMs)).toFixed(1);
  const y = (value: number) => (height - 2 - (most === 0 ? 0 : (value / most) * (height - 6))).toFixed(1);
  const line = points.map((point) => `${x(point)},${y(read(point))}`).join(' ');
  const [first] = points;
  const area = first ? `${x(first)},${height} ${line} ${width},${height}` : '';
  return html`<figure>
<figcaption><b>${title}</b> ${now}, at most ${format(most)}</figcaption>
<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${text}">
<polygon points="${area}"/><polyline points="${line}"/>
</svg>
</figure>`;
}
