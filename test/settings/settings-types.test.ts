/** The declaration of the settings says what the schema says, to the compiler and to a person. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { formatSettingsTypes } from './format-settings-types.js';

const text = readFileSync('src/settings/settings-types.ts', 'utf8');

/** Each member with the comment before it, as one line. */
const members = [...text.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}(?:readonly )?(\w+)(\??): (.+);\n/g)].map(
  ([, comment = '', name = '', optional, type = '']) => ({
    name,
    isOptional: optional === '?',
    type,
    comment: toLine(comment),
  }),
);

function toLine(comment: string): string {
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\*/, '').trim());
  return lines.filter((line) => line !== '').join(' ');
}

test('the declaration of the settings is made from the schema', (t) => {
  t.true(text === formatSettingsTypes(), 'run npm run generate');
});

test('every option in the declaration has a sentence, and every number its unit and limits', (t) => {
  t.is(members.length, [...text.matchAll(/^ {2}(readonly )?\w+\??: /gm)].length);
  t.true(members.length > 150);
  const units = { Ms: 'Milliseconds', Bytes: 'Bytes', BytesPerMinute: 'Bytes', Percent: 'Percent' };
  for (const { name, type, comment } of members) {
    t.regex(comment, /^[A-Z"][^@]*\./, name);
    if (!/^number\b/.test(type)) continue;
    const [unit = 'A whole number'] = Object.entries(units).flatMap(([end, word]) =>
      name.endsWith(end) ? [word] : [],
    );
    t.regex(comment, new RegExp(`\\. ${unit}.* from \\d+ to \\d+\\.( @default \\d+( \\(\\d+ MiB\\))?)?$`), name);
  }
});

test('the declaration shows the default of an option that may be left out, and what else is to be known of it', (t) => {
  const find = (name: string, isOptional: boolean) =>
    members.find((member) => member.name === name && member.isOptional === isOptional);
  t.deepEqual(find('idleDelayMs', true), {
    name: 'idleDelayMs',
    isOptional: true,
    type: 'number | undefined',
    comment:
      'Longest pause between two reads of a shard that has no more records. Milliseconds: a whole number from 200 to 60000. @default 1000',
  });
  t.is(find('idleDelayMs', false)?.type, 'number');
  t.regex(find('rotateBytes', true)?.comment ?? '', /@default 8388608 \(8 MiB\)$/);
  t.regex(find('passphrase', true)?.comment ?? '', /Secret: never shown\.$/);
  t.regex(find('ca', true)?.comment ?? '', /A path\.$/);
  t.is(find('format', true)?.type, "'snare' | 'snare-tab' | 'raw' | 'syslog' | 'json' | undefined");
  t.is(find('formats', true)?.type, 'string | (string | FormatSettingsInput)[] | undefined');
  t.is(find('formats', false)?.type, 'string | readonly (string | FormatSettings)[]');
});
