/** The texts are plain technical English. */
import test from 'ava';
import { readPage, userPages, withoutBlocks } from './markdown.js';

/** Turns of phrase that make a reader stumble. Names of tests and code are left out. */
const stumbling =
  /\b(is told|are told|mends?|mended|anew|whoever|goes on|go on|sets? aside|comes? (again|twice)|lets? (it )?go|the like|stands? still|of which|of whom|as long as)\b/i;

test('no text has a turn of phrase that makes a reader stumble', (t) => {
  const texts = [
    ...userPages(),
    ...['SECURITY.md', 'CHANGELOG.md', 'test/README.md', 'test/bench/README.md'].map(readPage),
  ];
  const found = texts.flatMap(({ file, text }) =>
    withoutBlocks(text)
      .replace(/`[^`\n]*`/g, '')
      .split('\n')
      .flatMap((line, index) => (stumbling.test(line) ? [`${file}:${index + 1}: ${line.match(stumbling)?.[0]}`] : [])),
  );
  t.deepEqual(found, []);
});
