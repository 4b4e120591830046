import test from 'ava';
import { foldText } from '../../../plugin/commands/fold-text.js';

test('text is folded at spaces, and the first line may have less room', (t) => {
  t.deepEqual(foldText('one two three four', 9), ['one two', 'three', 'four']);
  t.deepEqual(foldText('one two three four', 9, 3), ['one', 'two three', 'four']);
  t.deepEqual(foldText('漢字 漢字 a', 7), ['漢字', '漢字 a']);
  t.deepEqual(foldText('', 9), ['']);
});

test('a word that is longer than a line stays whole, on a line of its own', (t) => {
  t.deepEqual(foldText('see arn:aws:kinesis now', 8), ['see', 'arn:aws:kinesis', 'now']);
  t.deepEqual(foldText('arn:aws:kinesis now', 8), ['arn:aws:kinesis', 'now']);
  t.deepEqual(foldText('arn:aws:kinesis now', 8, 4), ['', 'arn:aws:kinesis', 'now']);
});
