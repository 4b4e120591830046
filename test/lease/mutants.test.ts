/** Deliberate defects of the rules: each is found by the model, so the model guards what it says. */
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import test from 'ava';
import type * as Scenarios from './model/scenarios.js';

interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly run: keyof typeof Scenarios;
}

const most = 60;
/** The mutated code, and the code that imports it. */
const copies = ['src/lease', 'test/lease/model'];
/** What else these import, besides the files at the top of src. */
const links = ['src/aws', 'test/fixtures'];

const mutants: readonly Mutant[] = [
  {
    name: 'a lease is fenced only after others may take it',
    file: 'held-lease',
    from: 'fenceShare = 0.8',
    to: 'fenceShare = 1.6',
    run: 'runPauses',
  },
  {
    name: 'the time of a write is taken after its response',
    file: 'held-lease',
    from: 'this.#writtenMs = writtenMs;\n    }\n}',
    to: 'this.#writtenMs = this.#options.monotonic() + this.#options.leaseMs * 0.3;\n    }\n}',
    run: 'runPauses',
  },
  {
    name: 'a lease is measured by a clock that jumps',
    file: '../../test/lease/model/world',
    from: 'host.offsetMs',
    to: 'host.wallOffsetMs',
    run: 'runTrouble',
  },
  {
    name: 'a checkpoint is written whoever holds the lease',
    file: 'changes',
    from: 'save: {\n        allows: isHeld,',
    to: 'save: {\n        allows: (row) => row !== undefined,',
    run: 'runPauses',
  },
  {
    name: 'a lease that was lost counts as held',
    file: 'keeper',
    from: "if (outcome === 'lost') {",
    to: 'if (false) {',
    run: 'runPauses',
  },
  {
    name: 'a save does not look at what a lost response has written',
    file: 'held-lease',
    from: "if (isBehind())\n                return 'behind';",
    to: '',
    run: 'runLostResponses',
  },
  {
    name: 'a lost response of an own write counts as a loss of the lease',
    file: 'changes',
    from: ' || row.counter === counter + 1',
    to: '',
    run: 'runLostResponses',
  },
  {
    name: 'children do not wait for their parents',
    file: 'plan-leases',
    from: 'return parent === undefined || isEnded(parent);',
    to: 'return true;',
    run: 'runTrouble',
  },
  {
    name: 'every worker takes the larger share',
    file: 'plan-leases',
    from: 'Number(rank < extra)',
    to: 'Number(extra > 0)',
    run: 'runPauses',
  },
  {
    name: 'a lease counts as silent from the start of time',
    file: 'plan-leases',
    from: 'isSame ? old.sinceMs : nowMs',
    to: 'isSame ? old.sinceMs : 0',
    run: 'runTrouble',
  },
  {
    name: 'rows are added children first',
    file: 'plan-rows',
    from: 'depthOf(one.shardId) - depthOf(other.shardId)',
    to: 'depthOf(other.shardId) - depthOf(one.shardId)',
    run: 'runStart',
  },
  {
    name: 'a second start of the table is later than the first',
    file: 'plan-rows',
    from: 'Math.min(...starts)',
    to: 'undefined',
    run: 'runCleanly',
  },
  {
    name: 'a hand-over does not wait for acks',
    file: 'keeper',
    from: 'await this.#options.listener.drain(shardId, drain.signal);',
    to: '',
    run: 'runCleanly',
  },
  {
    name: 'a stop keeps its leases',
    file: 'keeper',
    from: 'await held.release().catch(() => held.release().catch(() => { }));',
    to: '',
    run: 'runHandOver',
  },
  {
    name: 'a deleted row is not restored',
    file: 'held-lease',
    from: "if (verdict === 'deleted')\n                return this.#restore(kind, toArgs());",
    to: "if (verdict === 'deleted') return 'lost';",
    run: 'runDeletions',
  },
];

for (const { name, file, from, to, run } of mutants) {
  test.serial(`the model finds that ${name}`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'mutant-'));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    const dist = fileURLToPath(new URL('../..', import.meta.url));
    for (const part of copies) await cp(join(dist, part), join(folder, part), { recursive: true });
    const tops = (await readdir(join(dist, 'src')))
      .filter((name) => name.endsWith('.js'))
      .map((name) => join('src', name));
    for (const part of [...links, ...tops]) await symlink(join(dist, part), join(folder, part));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    const path = join(folder, 'src/lease', `${file}.js`);
    const text = await readFile(path, 'utf8');
    t.is(text.split(from).length, 2, 'the mutated text occurs once');
    await writeFile(path, text.replace(from, to));
    const scenarios: typeof Scenarios = await import(pathToFileURL(join(folder, 'test/lease/model/scenarios.js')).href);
    let seed = 1;
    while (seed <= most && (await scenarios[run](seed)).broken.length === 0) seed++;
    t.true(seed <= most, `no seed up to ${most} finds it`);
  });
}
