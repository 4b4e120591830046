import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { formatJson, formatText } from '../src/escape.js';

const controls = [
  ...Array.from({ length: 0x20 }, (_, code) => code),
  ...Array.from({ length: 0x21 }, (_, index) => 0x7f + index),
  0x2028,
  0x2029,
];

test('each control character is \\uXXXX in JSON, and reads back as it was', (t) => {
  for (const code of controls) {
    const text = `a${String.fromCharCode(code)}b`;
    const json = formatJson({ text });
    t.is(json, `{"text":"a\\u${code.toString(16).padStart(4, '0')}b"}`);
    t.deepEqual(JSON.parse(json), { text });
  }
});

test('each control character is one space in other text', (t) => {
  for (const code of controls) t.is(formatText(`a${String.fromCharCode(code)}b`), 'a b');
  t.is(formatText('a\t\r\n\u001b[31mb'), 'a    [31mb');
});

test('other characters stay as they are', (t) => {
  const text = ' ~\u00a0é日本😀\u2027\u202a';
  t.is(formatText(text), text);
  t.is(formatJson(text), `"${text}"`);
});

test('backslashes and quotes before the letter of an escape stay what they are', (t) => {
  for (const text of ['\\n', '\\\\n', '\\\n', '"\\t"', '\\u0009', '\\', '\\\\\t\\t', '/\b\\b']) {
    const json = formatJson({ text });
    t.deepEqual(JSON.parse(json), { text });
    t.notRegex(json, /^(?:[^\\]|\\[^bfnrt])*\\[bfnrt]/);
  }
});

test('half a surrogate pair is escaped in JSON and replaced in other text', (t) => {
  t.is(formatJson('a\ud800b'), '"a\\ud800b"');
  t.is(formatText('a\ud800b\udfff'), 'a\ufffdb\ufffd');
});

test('names of properties are escaped as well', (t) => {
  t.is(formatJson({ 'a\n\u0085': '' }), '{"a\\u000a\\u0085":""}');
});

test('a text of millions of characters that are escaped takes a bounded memory', async (t) => {
  const program = `
    import { formatJson } from '${new URL('../src/escape.js', import.meta.url).href}';
    for (const unit of ['"', '\\n', '\\u0080']) console.log(formatJson(unit.repeat(4e6)).length);
  `;
  const args = ['--max-old-space-size=220', '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  t.deepEqual(stdout.trim().split('\n').map(Number), [8e6 + 2, 24e6 + 2, 24e6 + 2]);
});
