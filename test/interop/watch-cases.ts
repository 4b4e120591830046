/** What watches a running plugin: a browser, and Prometheus. */
import { checkMetrics, checkRules } from './promtool.js';
import type { Case } from './report.js';
import { checkStatusPage } from './status-page.js';

export const watchCases: readonly Case[] = [
  { name: 'the status page in Chromium', run: checkStatusPage },
  { name: 'metrics, read by promtool', run: checkMetrics },
  { name: 'the example of alert rules, read by promtool', run: checkRules },
];
