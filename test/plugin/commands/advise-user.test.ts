import test from 'ava';
import { adviseUser } from '../../../plugin/commands/advise-user.js';

test('root is advised to be another user; other users, and systems without numbers for them, are not', (t) => {
  t.regex(adviseUser(0) ?? '', /runs as root.*run it as a user/);
  t.deepEqual([adviseUser(1000), adviseUser(undefined)], [undefined, undefined]);
});
