import test from 'ava';
import { readPages, TokenWatch } from '../../src/aws/pages.js';

async function readAll(tokens: readonly (string | undefined)[] | ((page: number) => string)) {
  const asked: (string | undefined)[] = [];
  const ask = async (token: string | undefined) => {
    asked.push(token);
    return typeof tokens === 'function' ? tokens(asked.length) : tokens[asked.length - 1];
  };
  const pages: (string | undefined)[] = [];
  const read = async () => {
    for await (const page of readPages('ListThings', ask, (token) => token)) pages.push(page);
  };
  return { asked, pages, read };
}

test('each page is asked for with the token of the one before, until one has none', async (t) => {
  for (const last of [undefined, '']) {
    const { asked, pages, read } = await readAll(['a', 'b', last]);
    await read();
    t.deepEqual(asked, [undefined, 'a', 'b']);
    t.is(pages.length, 3);
  }
});

test('a token that repeats is an error that names it, whatever is in it, and cut where it is long', async (t) => {
  const { asked, read } = await readAll(['a', 'b\u001b[2J'.padEnd(1000, 'c'), 'd', 'b\u001b[2J'.padEnd(1000, 'c')]);
  const error = await t.throwsAsync(read(), { name: 'EndlessPagesError' });
  t.regex(error?.message ?? '', /^ListThings names the page "b\\u001b\[2Jc{35}" repeatedly/);
  t.is(asked.length, 4);
});

test('a list that never ends is an error after a thousand pages', async (t) => {
  const { asked, read } = await readAll(String);
  await t.throwsAsync(read(), { message: /ListThings does not end after 1000 pages/ });
  t.is(asked.length, 1001);
});

for (const [tail, length] of [
  [0, 1],
  [7, 1],
  [3, 2],
  [100, 13],
] as const) {
  test(`a circle of ${length} tokens behind ${tail} others is found after 30 pages that lead nowhere`, (t) => {
    const watch = new TokenWatch();
    let page = 0;
    let further = 0;
    const next = () => `${page < tail ? page : tail + ((page - tail) % length)}`;
    while (page < 1000 && !watch.isCircle) {
      if (watch.leadsOn(next(), false)) further++;
      page++;
    }
    t.is(page, tail + length + 30);
    t.is(further, tail + length);
  });
}

test('tokens of a long list are no circle, nor one that repeats while its pages bring something new', (t) => {
  const watch = new TokenWatch();
  for (let page = 0; page < 10_000; page++) t.true(watch.leadsOn(`${page}`, false));
  for (let page = 0; page < 10_000; page++) {
    t.is(watch.leadsOn('1', page % 20 === 0), page % 20 === 0);
    t.false(watch.isCircle);
  }
});
