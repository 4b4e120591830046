/**
 * The status page: one HTML file that requests nothing from another host. It is complete without JavaScript, which only keeps it
 * up to date. Everything from outside is escaped, and the policy allows no script and no style but its own.
 */
import { createHash } from 'node:crypto';
import type { HistoryPoint } from '../../../src/report/history.js';
import type { Snapshot } from '../../../src/report/snapshot.js';
import { findLagMs } from '../../../src/report/stats.js';
import type { Settings } from '../../../src/settings/settings.js';
import { formatDuration } from '../../commands/format-duration.js';
import { formatAge, formatBytes, formatNumber } from '../../commands/status/format-values.js';
import { Html, html } from './html.js';
import { pageScript } from './page-script.js';
import { pageStyle } from './page-style.js';
import { plot } from './plot.js';
import { eventRows, faultRows, shardRows, totalRows } from './tables.js';

export interface PageInput {
  readonly snapshot: Snapshot;
  readonly history: readonly HistoryPoint[];
  /** The settings in effect, without secrets. */
  readonly shown: Settings;
}

export interface Page {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function renderPage({ snapshot, history, shown }: PageInput): Page {
  const { version, ever } = snapshot;
  const since = ever ? `, all runs since ${new Date(ever.sinceMs).toISOString().slice(0, 10)}` : '';
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>kinesis-snare</title>
<link rel="icon" href="data:,">
<noscript><meta http-equiv="refresh" content="10"></noscript>
<style>${style}</style>
</head>
<body>
<header id="head" data-live>${head(snapshot)}</header>
<main>
<section aria-label="Path"><ol class="path" id="path" data-live>${path(snapshot)}</ol></section>
<section><h2>Last hour</h2><div class="plots" id="plots" data-live>${plots(history)}</div></section>
<section><h2>Faults in force</h2>${table('faults', ['code', 'for', 'message'], faultRows(snapshot), 'events')}</section>
<section><h2>Shards</h2>${table('shards', ['shard', 'state', 'lag', 'read', 'acknowledged to', 'waiting'], shardRows(snapshot.stats.shards))}</section>
<section><h2>Counts${since}</h2>${table('counts', ['', 'this run', 'all runs'], totalRows(snapshot))}</section>
<section><h2>Recent events</h2>${table('events', ['time (UTC)', 'level', 'message'], eventRows(snapshot), 'events')}</section>
<details><summary>Settings in effect</summary><pre tabindex="0">${JSON.stringify(shown, null, 2)}</pre></details>
</main>
<footer>
<p>kinesis-snare ${version}</p>
<p><a href="/metrics">metrics</a> <a href="/healthz">healthz</a> <a href="/readyz">readyz</a></p>
<p id="updated" role="status">As of ${new Date(snapshot.atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC</p>
</footer>
<script>${script}</script>
</body>
</html>
`;
  return { html: page.text, headers: { 'content-security-policy': policy } };
}

function head({ state, health, stream, output, uptimeMs }: Snapshot): Html {
  const word = health.isReady ? 'ready' : health.isAlive ? 'not ready' : 'not alive';
  return html`<h1>${stream}</h1>
<span class="badge ${health.isReady ? 'good' : 'bad'}">${state}, ${word}</span>
<p>to ${output ?? 'the host app'}, up ${formatDuration(uptimeMs)}</p>
${health.reasons.map((reason) => html`<p class="bad">${reason}</p>`)}`;
}

/** Where records come from, what becomes of them, and where lines go. */
function path({ stats, rates, readMemory }: Snapshot): Html {
  const { records, logEvents, lines, bytes } = rates['10s'];
  const { output, shards } = stats;
  const all = Object.values(shards);
  const lagMs = findLagMs(all) ?? 0;
  const reading = all.filter(({ state }) => state === 'reading').length;
  const memory = readMemory
    ? html`<span>${formatBytes(readMemory.bytes)} of ${formatBytes(readMemory.maxBytes)} wait</span>`
    : '';
  return html`<li><h2>Stream</h2><strong>${formatNumber(records)}/s</strong><span>records</span>
<span>lag ${formatAge(lagMs)}, ${reading} of ${all.length} shards are read</span></li>
<li><h2>Decode</h2><strong>${formatNumber(logEvents)}/s</strong><span>log events</span>${memory}</li>
<li><h2>Output</h2><strong>${formatNumber(lines)}/s</strong><span>lines confirmed, ${formatBytes(bytes)}/s</span>
<span>${formatBytes(output.memory.bytes)} of ${formatBytes(output.memory.maxBytes)}, ${formatNumber(output.buffered.lines)} lines wait</span>
<span>${output.isConnected ? 'connected' : 'not connected'}, ${output.confirmedAgeMs === undefined ? 'nothing confirmed yet' : `confirmed ${formatAge(output.confirmedAgeMs)} ago`}</span></li>`;
}

function plots(points: readonly HistoryPoint[]): Html {
  const perSecond = (value: number) => `${formatNumber(value)}/s`;
  return html`${[
    plot({ title: 'Lines', points, read: ({ linesPerSecond }) => linesPerSecond, format: perSecond }),
    plot({ title: 'Lag', points, read: ({ lagMs }) => lagMs, format: formatAge }),
    plot({ title: 'Buffer', points, read: ({ bufferedBytes }) => bufferedBytes, format: formatBytes }),
  ]}`;
}

/** The body alone is replaced, so that the place in a long table stays. */
function table(id: string, names: readonly string[], rows: Html, kind = ''): Html {
  return html`<div class="scroll" tabindex="0"><table class="${kind}"><thead><tr>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody id="${id}" data-live>${rows}</tbody></table></div>`;
}

const style = new Html(pageStyle);
const script = new Html(pageScript);

const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const policy = [
  "default-src 'none'",
  `style-src ${hash(pageStyle)}`,
  `script-src ${hash(pageScript)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
