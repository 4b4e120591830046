/** The run book of docs/operations.md has every code of a fault and of an error, and no other. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { readPage } from './markdown.js';

const sources = ['src', 'plugin'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8')),
);

function quoted(text: string): readonly string[] {
  return [...text.matchAll(/'([a-z-]+)'/g)].map(([, word]) => word ?? '');
}

/** The members of a union that is declared one in a line, with comments between them. */
function unionOf(file: string, name: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  const [, members = ''] = new RegExp(`type ${name} =([\\s\\S]+?);\\n\\n`).exec(text) ?? [];
  return [...members.matchAll(/^ {2}\| '([a-z-]+)'/gm)].map(([, word]) => word ?? '');
}

/** The codes that a table of the run book explains. */
function codesIn(from: string, to: string): readonly string[] {
  const { text } = readPage('docs/operations.md');
  const rows = text.slice(text.indexOf(from), text.indexOf(to)).match(/^\| `[^|]+ \|/gm) ?? [];
  return rows.flatMap((row) => [...row.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code ?? ''));
}

test('every table of the run book says what a code means, and what to do', (t) => {
  const { text } = readPage('docs/operations.md');
  const runBook = text.slice(text.indexOf('## Run book'), text.indexOf('## Two streams'));
  const headings = runBook.match(/^### /gm) ?? [];
  t.is(runBook.match(/^\| code \| what it means \| what to do \|$/gm)?.length, headings.length);
});

/** Of the expressions that are no text: a kind of an AWS error, or the code of a block of the logger. */
const kinds = ['fault.kind', 'error.kind', 'kind'];
const blocks = ['code', "stopped?.code ?? 'logger-blocked'"];

test('each fault is explained', (t) => {
  const expressions = sources.flatMap((text) =>
    [...text.matchAll(/\bstage: '\w+',\s*code(?:: ([^,}\n]+))?(?=[,}\n ])/g)].map(([, given = 'code']) => given.trim()),
  );
  t.true(expressions.length > 20);
  // A code of another form has to be found here too.
  const isText = (expression: string) => /^(\w+ \? )?'[a-z-]+'( : '[a-z-]+')?$/.test(expression);
  t.deepEqual(
    expressions.filter((given) => ![...kinds, ...blocks].includes(given) && !isText(given)),
    [],
  );
  const block = quoted(/readonly code: ([^;]+);/.exec(readFileSync('plugin/winston/find-block.ts', 'utf8'))?.[1] ?? '');
  // An expired iterator is replaced, which is no fault.
  const aws = unionOf('src/aws/error.ts', 'AwsErrorKind').filter((kind) => kind !== 'expired-iterator');
  t.true(block.length > 1 && aws.length > 5);
  const found = new Set([...expressions.flatMap(quoted), ...block, ...aws]);
  const explained = codesIn('### Reading', '### The start fails');
  t.deepEqual(explained.toSorted(), [...found].toSorted());
});

test('each error is explained', (t) => {
  const codes = unionOf('src/errors.ts', 'ErrorCode');
  t.true(codes.length > 10);
  t.deepEqual(codesIn('### The start fails', '## Two streams').toSorted(), codes.toSorted());
});
