import test from 'ava';
import { describeLoss } from '../../../plugin/commands/filter-commands.js';

test('what a filter pattern keeps from the stream is described, and a pattern that keeps nothing is not', (t) => {
  t.is(describeLoss(''), undefined);
  t.is(describeLoss('[version, ...]'), undefined);
  t.regex(describeLoss('[version, account, eni]') ?? '', /only lines of 3 fields/);
  t.regex(describeLoss('[version, account, action = "REJECT", ...]') ?? '', /"action = "REJECT""/);
  t.regex(describeLoss('{ $.action = "REJECT" }') ?? '', /only lines that match/);
});
