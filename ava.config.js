/** How AVA runs the tests. */
import { createRequire } from 'node:module';

/** The files that take longest, longest first: none of them is then left to run alone at the end. */
const longest = [
  'pipeline/fleet/fleet',
  'end-to-end/emulated-stream',
  'checkpoint/lock',
  'deliver/deliverer-kill',
  'end-to-end/run',
  'plugin/stop-whatever-hangs',
  'plugin/plugin',
  'plugin/winston/hostile-infos',
  'plugin/script-end',
  'docs/tour',
  'lease/fleet-model',
  'lease/mutants',
  'end-to-end/kcl',
  'end-to-end/reconcile',
  'plugin/lambda/create-handler',
  'end-to-end/backfill',
  'end-to-end/demo',
  'end-to-end/examples',
  'aws/agents',
  'aws/response',
  'kinesis/stream-reader',
  'kinesis/shard-reader',
  'kinesis/clock-and-retention',
  'pipeline/gaps/heal-gaps',
  'pipeline/poison',
  'deliver/waits',
  'plugin/secrets',
  'end-to-end/command-line',
].map((name) => `/dist/test/${name}.test.js`);

function rankOf(file) {
  const at = longest.findIndex((name) => file.endsWith(name));
  return at === -1 ? longest.length : at;
}

const isTap = process.env.TEST_REPORT === 'tap';
if (isTap) reportUndefined();

/**
 * AVA's TAP reporter throws on an error whose stack is a single line, and the whole run ends without naming the test. What is
 * undefined is left out instead.
 */
function reportUndefined() {
  const yaml = createRequire(createRequire(import.meta.url).resolve('supertap'))('js-yaml');
  const { safeDump } = yaml;
  yaml.safeDump = (value, options) => safeDump(value, { ...options, skipInvalid: true });
}

export default {
  // What takes minutes is for `npm run test:soak`, which sets this.
  files: ['dist/test/**/*.test.js', ...(process.env.SOAK_MS === undefined ? ['!dist/test/soak/**'] : [])],
  // Continuous integration counts from this report.
  tap: isTap,
  timeout: '3m',
  // More than cores, since most files wait for something most of their time.
  concurrency: 4,
  sortTestFiles: (left, right) => rankOf(left) - rankOf(right) || (left < right ? -1 : 1),
  environmentVariables: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
};
