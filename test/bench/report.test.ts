/** Tests how measurements become a report. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { type BenchCase, type BenchResult, inOneGo, measureRounds, selectCases, severalTimes } from './bench-case.js';
import { formatComparison, pairCases } from './comparison.js';
import { formatPromises, listPromises } from './must-show.js';
import { formatReport } from './report.js';
import type { Sample } from './sample.js';
import { insertReport } from './write-report.js';

function toCase(name: string, samples: readonly Sample[], plain?: string): BenchCase {
  const left = [...samples];
  const against = plain === undefined ? {} : { plain };
  const measure = inOneGo(async () => left.shift() ?? {});
  return { group: 'transform', name, input: 'v2', against, measure };
}

const slow = [100, 300, 100].map((nsPerFlow): Sample => ({ nsPerFlow, cpuNsPerFlow: 100 }));
const fast = [10, 30, 50].map((nsPerFlow): Sample => ({ nsPerFlow, cpuNsPerFlow: 20 }));

test('cases take turns, and a ratio is the median of those of the rounds', async (t) => {
  const order: string[] = [];
  const cases = [toCase('plain v2', slow), toCase('transform v2 snare', fast, 'plain v2')];
  const [plain, own] = await measureRounds(cases, 3, ({ name }, round) => order.push(`${round} ${name}`));
  t.deepEqual(
    order,
    [1, 2, 3].flatMap((round) => cases.map(({ name }) => `${round} ${name}`)),
  );
  t.is(plain?.figures.nsPerFlow, 100);
  t.is(own?.figures.nsPerFlow, 30);
  t.is(own?.ratios.plain, 10);
  t.is(own?.cpuRatios.plain, 5);
});

test('cases of a team have a turn each, again and again, and others wait for the whole team', async (t) => {
  const turns: string[] = [];
  const toMember = (name: string, count: number): BenchCase => ({
    ...toCase(name, []),
    turnsWith: 'a team',
    async *measure() {
      for (let turn = 1; turn < count; turn++) {
        turns.push(`${name} ${turn}`);
        yield;
      }
      turns.push(`${name} ${count}`);
      return {};
    },
  });
  const alone = { ...toCase('alone', []), measure: inOneGo(async () => ({ nsPerFlow: turns.push('alone') })) };
  await measureRounds([toMember('one', 3), alone, toMember('two', 2)], 1, () => {});
  t.deepEqual(turns, ['one 1', 'two 1', 'one 2', 'two 2', 'one 3', 'alone']);
});

test('cases that are beside each other run at the same time, run by run, and their figures are means', async (t) => {
  const steps: string[] = [];
  let waiting: (() => void)[] = [];
  const meet = () =>
    new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length < 2) return;
      for (const continues of waiting) continues();
      waiting = [];
    });
  const toMember = (name: string, ...costs: number[]): BenchCase => ({
    ...toCase(name, []),
    besides: 'a pair',
    measure: severalTimes(costs.length, async () => {
      const cpuNsPerFlow = costs.shift() ?? 0;
      await meet();
      steps.push(`${name} ${cpuNsPerFlow}`);
      await meet();
      return { cpuNsPerFlow };
    }),
  });
  const alone = { ...toCase('alone', []), measure: inOneGo(async () => ({ nsPerFlow: steps.push('alone') })) };
  const [one, , two] = await measureRounds([toMember('one', 1, 3), alone, toMember('two', 2, 4)], 1, () => {});
  const [first, second] = [steps.slice(0, 2), steps.slice(2, 4)].map((run) => run.toSorted());
  t.deepEqual([first, second, steps.slice(4)], [['one 1', 'two 2'], ['one 3', 'two 4'], ['alone']]);
  t.deepEqual([one?.figures, two?.figures], [{ cpuNsPerFlow: 2 }, { cpuNsPerFlow: 3 }]);
});

test('a measurement that fails ends those that it took turns with', async (t) => {
  let ended = 0;
  const waiting: BenchCase = {
    ...toCase('waiting', []),
    turnsWith: 'a team',
    async *measure() {
      try {
        for (;;) yield;
      } finally {
        ended++;
      }
    },
  };
  const failing: BenchCase = {
    ...toCase('failing', []),
    turnsWith: 'a team',
    measure: inOneGo(() => Promise.reject(new Error('It failed'))),
  };
  await t.throwsAsync(
    measureRounds([waiting, failing], 1, () => {}),
    { message: 'It failed' },
  );
  t.is(ended, 1);
});

test('what is chosen brings along what it is compared with', (t) => {
  const cases = [toCase('plain v2', []), toCase('plain v5', []), toCase('transform v2 snare', [], 'plain v2')];
  t.deepEqual(
    selectCases(cases, 'snare').map(({ name }) => name),
    ['plain v2', 'transform v2 snare'],
  );
});

function toResult(
  name: string,
  figures: Sample,
  ratios: BenchResult['ratios'] = {},
  cpuRatios: BenchResult['cpuRatios'] = {},
): BenchResult {
  return {
    group: (['program', 'winston'] as const).find((group) => name.startsWith(group)) ?? 'transform',
    name,
    input: 'v2',
    figures,
    ratios,
    cpuRatios,
  };
}

test('a promise is met or not as measured, and one that was not measured is not told', (t) => {
  const shards = [1, 4, 16, 64].map((count) => `program ${count} shards, 2000 flows a record`);
  const promises = (peakBytes: number, plain: number, dearest: number) =>
    listPromises([
      toResult('transform v2 snare', {}, { plain: 6, gunzip: 0.34 }),
      ...shards.map((name, index) => {
        const figures = { peakBytes, cpuNsPerFlow: index === 3 ? dearest : 1000 };
        return toResult(name, figures, { plain });
      }),
    ]).map(({ isMet }) => isMet);
  t.deepEqual(promises(255e6, 2.5, 1400), [true, false, true, true, true]);
  t.deepEqual(promises(257e6, 2.4, 1600), [true, false, false, false, false]);
  t.is(formatPromises(listPromises([])), '');
});

test('what odd lines, settings and small records may cost beside smooth streams is judged by CPU time', (t) => {
  const common = ['1 SKIPDATA a record', 'healGaps on', 'mixed lines', '20 flows a record', '5 flows a record'];
  const loads = [...common, 'extractedFields in every event'];
  const judge = (slowdown: number) =>
    listPromises([
      ...loads.map((load) => toResult(`program 16 shards, ${load}`, {}, { smooth: 1 }, { smooth: 1 / slowdown })),
      toResult('gunzip v2-5', {}, {}, { smooth: 1 / 5 }),
      toResult('gunzip v2-extracted', {}, {}, { smooth: 1 / 2.2 }),
    ]).map(({ what, isMet }) => [what.split(',')[1]?.trim(), isMet]);
  const expected = (...met: boolean[]) => loads.map((load, index) => [load, met[index]]);
  t.deepEqual(judge(1.1), expected(true, true, true, true, true, true));
  t.deepEqual(judge(1.3), expected(false, false, true, true, true, true));
  t.deepEqual(judge(2.1), expected(false, false, false, false, true, true));
  t.deepEqual(judge(2.3), expected(false, false, false, false, true, false));
  t.deepEqual(judge(6.1), expected(false, false, false, false, false, false));
});

test('Winston with a format that does nothing is judged by what it and the transform take in sequence', (t) => {
  const judge = (cpuNsPerFlow: number) =>
    listPromises([
      toResult('winston untouched acknowledged, confirm closed', { cpuNsPerFlow }),
      toResult('winston untouched ceiling', { cpuNsPerFlow: 1000 }),
      toResult('transform v2 snare', { cpuNsPerFlow: 800 }),
    ]).map(({ isMet }) => isMet);
  t.deepEqual(judge(3500), [true]);
  t.deepEqual(judge(3700), [false]);
});

test('ledger, metrics and status page are judged by the CPU time of the same program without them', (t) => {
  const judge = (what: string, ofBare: number) =>
    listPromises([toResult(`program 16 shards, 20 flows a record, ${what}`, {}, {}, { bare: ofBare })]).map(
      ({ isMet }) => isMet,
    );
  t.deepEqual([judge('watched', 0.97), judge('watched', 0.969)], [[true], [false]]);
  const alone = 'watched, without ledger';
  t.deepEqual([judge(alone, 0.98), judge(alone, 0.979)], [[true], [false]]);
});

test('a fleet of any size is judged by the CPU time of one process for a flow log', (t) => {
  const judge = (...costs: number[]) =>
    listPromises(
      costs.map((cost, index) => toResult(`program 64 shards, fleet of ${2 ** index}`, {}, {}, { one: 1 / cost })),
    ).map(({ isMet }) => isMet);
  t.deepEqual(judge(1, 1.1, 0.9, 1.14), [true]);
  t.deepEqual(judge(1, 1.1, 1.2, 1), [false]);
  t.deepEqual(judge(1, 1.1, 1), []);
});

test('the peak of every row of the program counts, and of Winston with acknowledgements, not of its ceiling', (t) => {
  const judge = (name: string) => listPromises([toResult(name, { peakBytes: 300e6 })]).map(({ isMet }) => isMet);
  t.deepEqual(judge('program 64 shards, 5 flows a record'), [false]);
  t.deepEqual(judge('winston json acknowledged, confirm closed'), [false]);
  t.deepEqual(judge('winston json ceiling'), []);
});

test('another build has its turn right behind this one, and what costs more than 5 % more is marked', async (t) => {
  const order: string[] = [];
  const cpu = (...ns: number[]) => ns.map((cpuNsPerFlow): Sample => ({ cpuNsPerFlow, peakBytes: 100e6 }));
  const cases = pairCases(
    [toCase('one', cpu(100, 104)), toCase('new', cpu(1, 1)), toCase('two', cpu(106, 106))],
    [toCase('one', cpu(100, 100)), toCase('two', cpu(100, 100))],
  );
  const results = await measureRounds(cases, 2, ({ name }, round) => order.push(`${round} ${name}`));
  const names = ['one', 'one, other build', 'new', 'two', 'two, other build'];
  t.deepEqual(order, [...names.map((name) => `1 ${name}`), ...names.map((name) => `2 ${name}`)]);
  const [, , one, two, ...none] = formatComparison(results).split('\n');
  t.is(one, '| one | 102 | 100 | 1.02 | 100 | 100 |  |');
  t.is(two, '| two | 106 | 100 | 1.06 | 100 | 100 | SLOWER |');
  t.deepEqual(none, []);
  const tables = formatReport({ date: '2026-01-15', runs: 2, seed: 1, otherLoad: 0, results });
  t.is(tables.match(/other build \|/g), null, 'its rows are only beside those of this build');
});

test('each promise that is not met has its reason under the table, and a busy machine is one', (t) => {
  const toText = (otherLoad: number) =>
    formatReport({
      date: '2026-01-15',
      runs: 1,
      seed: 1,
      otherLoad,
      results: [
        toResult('program 16 shards, 20 flows a record', {}, {}, { smooth: 0.4 }),
        toResult('program 16 shards, mixed lines', {}, {}, { smooth: 1 }),
        toResult('start run', { firstRowMs: 1600 }),
      ],
    });
  const reasons = (otherLoad: number) =>
    [...toText(otherLoad).matchAll(/^- \*\*(.*)\*\*: (.*)$/gm)].map(([, what, why]) => [what, why]);
  const [small, start, ...none] = reasons(0);
  t.regex(small?.join() ?? '', /20 flows a record, .*,gunzip alone takes more than twice its time[^(]*$/);
  t.deepEqual([start, none], [['First row after `start run`', 'the reason is not known.'], []]);
  for (const [, why] of reasons(20)) t.regex(why ?? '', /a load of 20\.0/);
});

test('the tables of a run have their place in docs/performance.md, and go there and nowhere else', (t) => {
  const results = [toResult('transform v2 snare', { nsPerFlow: 500 }, { plain: 6, gunzip: 0.4 })];
  const tables = formatReport({ date: '2026-01-15', runs: 3, seed: 1, otherLoad: 0, results });
  t.true(tables.includes('2,000'), 'k flows/s of 500 ns a flow');
  const text = readFileSync('docs/performance.md', 'utf8');
  const [before, after] = [text.split('<!-- benchmark -->')[0], text.split('<!-- /benchmark -->')[1]];
  const written = insertReport(text, tables);
  t.is(written, `${before}<!-- benchmark -->\n\n${tables}\n\n<!-- /benchmark -->${after}`);
  t.is(insertReport(written, tables), written);
  t.throws(() => insertReport('# A text', tables), { message: /<!-- benchmark -->/ });
});
