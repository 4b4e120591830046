import test from 'ava';
import { mayOverlap, parseGlob } from '../../src/flow-log/glob.js';

const matches: readonly (readonly [glob: string, name: string, expected: boolean])[] = [
  ['/aws/vpc/*', '/aws/vpc/flow', true],
  ['/aws/vpc/*', '/aws/vpc/prod/flow', true],
  ['/aws/vpc/*', '/aws/vpc/.hidden', true],
  ['/aws/vpc/*', '/aws/lambda/flow', false],
  ['/aws/vpc', '/aws/vpc', true],
  ['/aws/vpc', '/aws/vpc/flow', false],
  ['*', '/aws/vpc/flow', true],
  ['*', '', true],
  ['*-all', 'eni-1-all', true],
  ['*-all', 'eni-1-accept', false],
  ['*vpc*', '/aws/vpc/flow', true],
  ['/aws/*/flow', '/aws/vpc/prod/flow', true],
  ['eni-?-all', 'eni-1-all', true],
  ['eni-?-all', 'eni-12-all', false],
  ['eni-[0-9]*', 'eni-0a1b', true],
  ['{a,b}/*', 'b/c/d', true],
  ['a.b', 'axb', false],
  ['!not', 'other', false],
];

for (const [glob, name, expected] of matches) {
  test(`"${glob}" ${expected ? 'matches' : 'does not match'} "${name}"`, (t) => {
    t.is(parseGlob(glob)?.(name), expected);
  });
}

test('an empty glob, and one too long, is none', (t) => {
  t.is(parseGlob(''), undefined);
  t.is(parseGlob('a'.repeat(65_537)), undefined);
});

const overlaps: readonly (readonly [a: string, b: string, expected: boolean])[] = [
  ['*', '*', true],
  ['*', '/aws/vpc', true],
  ['/aws/vpc', '/aws/vpc', true],
  ['/aws/vpc', '/aws/tgw', false],
  ['/aws/*', '/aws/vpc', true],
  ['/aws/*', '/other/vpc', false],
  ['/aws/*', '/aws/vpc/*', true],
  ['/aws/vpc/*', '/aws/tgw/*', false],
  ['*-prod', '*-test', false],
  ['*-prod', '/aws/*', true],
  ['/aws/*-prod', '/aws/vpc-*', true],
];

for (const [a, b, expected] of overlaps) {
  test(`"${a}" and "${b}" ${expected ? 'may meet' : 'never meet'}`, (t) => {
    t.is(mayOverlap(a, b), expected);
    t.is(mayOverlap(b, a), expected);
  });
}
