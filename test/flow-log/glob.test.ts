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
  ['', '', false],
  ['?', '', false],
  ['**', 'a/b', true],
  ['a*', 'a', true],
  ['a**', 'a', true],
  ['a*b*c', 'aXbXbXc', true],
  ['a*b*c', 'aXbXbX', false],
  ['*a', 'aab', false],
  ['[!a-c]x', 'dx', true],
  ['[^a-c]x', 'bx', false],
  ['[]x]', ']', true],
  ['[!]]', 'x', true],
  ['[a-', '[a-', true],
  ['[a-]', '-', true],
  ['[\\]]', ']', true],
  ['a{b,c{d,e}}f', 'acef', true],
  ['a{b,c{d,e}}f', 'acf', false],
  ['{a,b', '{a,b', true],
  ['{a}', '{a}', true],
  ['{a}{b,c}', '{a}c', true],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['\\{a,b}', '{a,b}', true],
  // Extended patterns, which may take exponential time, are plain characters.
  ['+(a)', 'aa', false],
  ['+(a)', '+(a)', true],
  ['(a|b)+', 'a', false],
];

for (const [glob, name, expected] of matches) {
  test(`"${glob}" ${expected ? 'matches' : 'does not match'} "${name}"`, (t) => {
    t.is(parseGlob(glob)?.(name) ?? false, expected);
  });
}

test('an empty glob, one too long, and one of too many alternatives is none', (t) => {
  t.is(parseGlob(''), undefined);
  t.is(parseGlob('a'.repeat(1025)), undefined);
  t.truthy(parseGlob('a'.repeat(1024)));
  t.is(parseGlob('{a,b}'.repeat(20)), undefined);
  t.is(parseGlob(`{${','.repeat(100)}}`), undefined);
  t.true(parseGlob('{a,b}'.repeat(6))?.('abbaba'));
});

test('a glob of many stars takes few steps on a name that nearly matches', (t) => {
  const glob = parseGlob(`${'*a'.repeat(400)}b`);
  const name = 'a'.repeat(512);
  let steps = 0;
  // A name that counts how often a character of it is looked at.
  const counted = new Proxy(new String(name), {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) steps++;
      const value = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  }) as unknown as string;
  t.false(glob?.(counted));
  t.true(steps > 0 && steps <= 512 * 801, `${steps} steps`);
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
