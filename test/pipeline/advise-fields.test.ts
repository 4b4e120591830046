import test from 'ava';
import { fieldNames } from '../../src/flow-log-fields.js';
import { adviseFields } from '../../src/pipeline/advise-fields.js';

test('a field that differs from a known one by a letter, or by its hyphens, gets an advice, and no other does', (t) => {
  const known = fieldNames.map((name) => `\${${name}}`).join(' ');
  t.deepEqual(adviseFields(['auto', known, '${SRCADDR} ${Account_Id} ${field-7} ${new-aws-thing}']), []);
  const advice = adviseFields(['${version} ${srcadr} ${accountId}', { format: '${srcadr} ${tgwattachmentid}' }]);
  t.is(advice.length, 3);
  t.regex(advice[0] ?? '', /"srcadr" .* did you mean "srcaddr"\?/);
  t.regex(advice[1] ?? '', /"accountid" .* did you mean "account-id"\?/);
  t.regex(advice[2] ?? '', /"tgwattachmentid" .* did you mean "tgw-attachment-id"\?/);
});
