/** Prometheus' own judgement of the metrics and of the example of alert rules. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { findProgram } from './programs.js';
import { withWatchedPlugin } from './watched-plugin.js';

export async function checkMetrics(): Promise<string> {
  const { path } = findProgram('promtool');
  await withWatchedPlugin(async ({ url, put }) => {
    put(100);
    // What promtool finds depends on the metrics that have values.
    for (;;) {
      const text = await (await fetch(new URL('/metrics', url))).text();
      if (!/^kinesis_snare_lines_delivered_total\{.*\} 102$/m.test(text)) continue;
      const { status, stdout, stderr } = spawnSync(path, ['check', 'metrics'], { input: text, encoding: 'utf8' });
      assert.equal(`${stdout}${stderr}`, '');
      assert.equal(status, 0);
      return;
    }
  });
  return '';
}

export async function checkRules(): Promise<string> {
  const { path } = findProgram('promtool');
  const { status, stdout, stderr } = spawnSync(path, ['check', 'rules', 'examples/prometheus-rules.yml'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, `${stdout}${stderr}`);
  return stdout.trim().split('\n').at(-1)?.trim() ?? '';
}
