/**
 * Measures one design in its own process, because designs that share a process also share the compiler's type feedback.
 * Arguments: design, input, file of its records, milliseconds to warm up, milliseconds to measure. It waits for its turn before
 * each slice: it sends a message and continues at the answer.
 */
import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';
import { designs, usedResult } from './designs.js';
import { specOf } from './inputs.js';
import { measureSteps } from './measure-steps.js';
import { readPeakBytes } from './peak-memory.js';
import { READY } from './ready.js';
import { readRecords } from './record-file.js';
import type { Sample } from './sample.js';

const [name, inputName, path, warmUpMs, measureMs] = process.argv.slice(2) as [string, string, string, string, string];
const design = designs[name];
if (!design) throw new TypeError(`Expected the name of a design, got "${name}"`);
const spec = specOf(inputName);
const records = readRecords(path);
const payloadBytes = records.reduce((sum, record) => sum + gunzipSync(record).length, 0);
const step = await design(records, spec);
const baseBytes = process.memoryUsage().rss;
// Other programs can only slow down a slice, and they affect some designs more than others.
const fastest = (nsPerFlow: readonly number[]) => Math.min(...nsPerFlow);
const turn = () => {
  process.send?.(READY);
  return once(process, 'message');
};
const timing = await measureSteps(step, Number(warmUpMs), Number(measureMs), fastest, turn);
const sample: Sample = {
  ...timing,
  bytesPerFlow: payloadBytes / (records.length * spec.flowsPerRecord),
  peakBytes: readPeakBytes(),
  baseBytes,
};
process.send?.(sample);
if (Number.isNaN(usedResult())) throw new Error('Nothing was measured');
