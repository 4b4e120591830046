import test from 'ava';
import { parseFormat } from '../src/flow-log-format.js';

const spellings: readonly (readonly [name: string, text: string])[] = [
  ['as AWS writes it', '${account-id} ${srcaddr} ${pkt-src-aws-service}'],
  ['as Terraform writes it', '$${account-id} $${srcaddr} $${pkt-src-aws-service}'],
  ['as bare names', 'account-id srcaddr pkt-src-aws-service'],
  ['with underscores', '${account_id} srcaddr pkt_src_aws_service'],
  ['in braces without the dollar', '{account-id} {srcaddr} {pkt-src-aws-service}'],
  ['in capitals', '${ACCOUNT-ID} SrcAddr PKT_SRC_AWS_SERVICE'],
  ['with any white space', ' \n${account-id}\t\t${srcaddr}\r\n   ${pkt-src-aws-service}\n'],
];

for (const [name, text] of spellings) {
  test(`a format may be written ${name}`, (t) => {
    t.like(parseFormat(text), {
      text: '${account-id} ${srcaddr} ${pkt-src-aws-service}',
      fields: [
        { name: 'account-id', version: 2, type: 'text' },
        { name: 'srcaddr', version: 2, type: 'address' },
        { name: 'pkt-src-aws-service', version: 5, type: 'text' },
      ],
      mark: undefined,
    });
  });
}

test('a name that is not known is a text under its own name', (t) => {
  t.like(parseFormat('${version} ${brand-new-field} __proto__'), {
    text: '${version} ${brand-new-field} ${--proto--}',
    fields: [{ name: 'version' }, { name: 'brand-new-field', type: 'text' }, { name: '--proto--', type: 'text' }],
  });
});

test('the position of a field is known by its name', (t) => {
  const format = parseFormat('${end} ${constructor} ${start}');
  t.deepEqual('positions' in format && [...format.positions], [
    ['end', 0],
    ['constructor', 1],
    ['start', 2],
  ]);
});

const faults: readonly (readonly [text: string, fault: string])[] = [
  ['', 'Expected a format such as "${version} ${account-id}", got ""; name at least one field'],
  [' \n', 'Expected a format such as "${version} ${account-id}", got " \n"; name at least one field'],
  ['${end} ${start} end', 'Expected each field once, got "end" again; remove one of the two'],
  ['account-id account_id', 'Expected each field once, got "account-id" again; remove one of the two'],
  ['${end},${start}', 'Expected a field such as "${account-id}", got "${end},${start}"; put a space between fields'],
  ['${end}${start}', 'Expected a field such as "${account-id}", got "${end}${start}"; put a space between fields'],
  ['${end', 'Expected a field such as "${account-id}", got "${end"; put a space between fields'],
  ['start ${}', 'Expected a field such as "${account-id}", got "${}"; put a space between fields'],
];

for (const [text, fault] of faults) {
  test(`a format of ${JSON.stringify(text)} is a fault that says what to do`, (t) => {
    t.deepEqual(parseFormat(text), { fault });
  });
}
