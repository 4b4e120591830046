/** Tests how measurements become a report. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { type BenchCase, type BenchResult, inOneGo, measureRounds, selectCases } from './bench-case.js';
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

function toResult(name: string, figures: Sample, ratios: BenchResult['ratios'] = {}): BenchResult {
  return {
    group: name.startsWith('program') ? 'program' : 'transform',
    name,
    input: 'v2',
    figures,
    ratios,
    cpuRatios: {},
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
