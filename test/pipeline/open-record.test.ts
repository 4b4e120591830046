import test from 'ava';
import { Settlement } from '../../src/pipeline/settlement.js';

const toOwner = (allSettled: () => void) => ({ allSettled, filtered: () => {} });

test('a record is acknowledged once everything is settled and nothing more will be added', (t) => {
  let acks = 0;
  const settlement = new Settlement(toOwner(() => acks++));
  settlement.expect();
  settlement.expect();
  settlement.settle('delivered');
  settlement.settle('filtered');
  t.is(acks, 0);
  settlement.close();
  t.is(acks, 1);
});

test('a record without rows is acknowledged at once', (t) => {
  let acks = 0;
  new Settlement(toOwner(() => acks++)).close();
  t.is(acks, 1);
});

test('a record of which anything was abandoned is never acknowledged', (t) => {
  let acks = 0;
  const settlement = new Settlement(toOwner(() => acks++));
  settlement.expect();
  settlement.expect();
  settlement.close();
  settlement.settle('abandoned');
  settlement.settle('delivered');
  t.is(acks, 0);
});
