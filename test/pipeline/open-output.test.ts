import test from 'ava';
import { nameOutput } from '../../src/pipeline/open-output.js';
import { outputSchema } from '../../src/settings/output.js';

const cases = [
  [{ type: 'tcp', host: '10.0.0.5' }, 'tcp 10.0.0.5:6161'],
  [{ type: 'tls', host: '::1', port: 6514 }, 'tls [::1]:6514'],
  [{ type: 'file', path: '/var/log/flows' }, 'file /var/log/flows'],
  [{ type: 'stdout' }, 'stdout'],
] as const;

for (const [output, name] of cases) {
  test(`an output has the name that its faults have: ${name}`, (t) => {
    t.is(nameOutput(outputSchema.parse(output)), name);
  });
}
