/** How AVA runs the tests. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { posix } from 'node:path';
import { setFlagsFromString } from 'node:v8';

// A worker lives too short for what V8 compiles in the background to pay. Node 22 and later compile in smaller steps.
if (process.version.startsWith('v20.')) setFlagsFromString('--interrupt-budget=1056000');

/**
 * Where to start: with what takes longest, so that none of it is left to run alone at the end. What waits most of its time and what
 * computes take turns.
 */
const first = [
  'soak/kill',
  'pipeline/fleet/fleet',
  'kinesis',
  'end-to-end/emulated-stream',
  'plugin/commands',
  'checkpoint/lock',
  'kinesis/stream-reader',
  'deliver/deliverer-kill',
  'lease/fleet-model',
  'end-to-end/run',
  'plugin/stop-whatever-hangs',
  'plugin/plugin',
  'deliver',
  'plugin/winston/hostile-infos',
  'plugin/script-end',
  'docs/tour',
  'lease/mutants',
  'end-to-end/kcl',
  'end-to-end/reconcile',
  'plugin/lambda/create-handler',
  'end-to-end/backfill',
  'end-to-end/demo',
  'end-to-end/examples',
  'aws/agents',
  'aws/response',
  'kinesis/shard-reader',
  'kinesis/clock-and-retention',
  'pipeline/gaps/heal-gaps',
  'pipeline/poison',
  'deliver/waits',
  'plugin/secrets',
  'end-to-end/command-line',
];

/** What a test changes or looks at in the process that runs it, and limits of time that a busy thread would not keep. */
const ownWorker =
  /process\.(on|memoryUsage)|delete process\.env|process\.env(\.\w+|\[\w+\]) = |console\.\w+ = |test\.(before|after)|(connect|confirm)TimeoutMs: \d/;

/**
 * The files that run, each in a worker. To start a worker costs more than most test files, so the small ones of a folder share
 * one: a module that imports them. A file that is named on the command line runs alone.
 */
function filesToRun() {
  if (process.argv.slice(2).some((argument) => argument.endsWith('.js'))) return ['dist/test/**/*.test.js'];
  const alone = [];
  const groups = new Map();
  for (const path of readdirSync('dist/test', { recursive: true }).sort()) {
    const name = path.replaceAll('\\', '/');
    // What takes minutes is for `npm run test:soak`, which names it.
    if (!name.endsWith('.test.js') || name.startsWith('soak/')) continue;
    const isFirst = first.includes(name.slice(0, -'.test.js'.length));
    if (isFirst || ownWorker.test(readFileSync(`dist/test/${name}`, 'utf8'))) {
      alone.push(`dist/test/${name}`);
      continue;
    }
    const group = name.split('/').slice(0, -1).join('/') || 'top';
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  for (const [group, names] of groups) {
    const imports = names.map((name) => `import './${posix.relative(posix.dirname(group), name)}';\n`);
    writeFileSync(`dist/test/${group}.js`, imports.join(''));
  }
  return [...alone, ...Array.from(groups.keys(), (group) => `dist/test/${group}.js`)];
}

function rankOf(file) {
  const at = first.findIndex((name) => file.replace(/(\.test)?\.js$/, '').endsWith(`/dist/test/${name}`));
  return at === -1 ? first.length : at;
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
  files: filesToRun(),
  // Continuous integration counts from this report.
  tap: isTap,
  timeout: '3m',
  // More than cores, since most files wait for something most of their time.
  concurrency: 4,
  sortTestFiles: (left, right) => rankOf(left) - rankOf(right) || (left < right ? -1 : 1),
  environmentVariables: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
};
