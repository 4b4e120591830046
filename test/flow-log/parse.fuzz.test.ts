import test from 'ava';
import { DEFAULT_FORMAT, TRANSIT_GATEWAY_FORMAT } from '../../src/flow-log/default-formats.js';
import { parseFlowLog } from '../../src/flow-log/parse.js';
import { parseFormat } from '../../src/flow-log-format.js';
import { customFormat, customLine, defaultLines, transitGatewayLine } from '../fixtures/flow-logs.js';
import { createRandom, seed } from '../fixtures/random.js';

const random = createRandom(seed);
const below = (limit: number) => Math.floor(random() * limit);
const lines = [...defaultLines, transitGatewayLine, customLine];
const odd = ['', ' ', '\t', '\n', '\ufeff', '\ud800', '\0', '-', '9'.repeat(400), 'version', '::', '%', '{'];
const formats = [parseFormat(customFormat), DEFAULT_FORMAT, TRANSIT_GATEWAY_FORMAT].filter((one) => 'fields' in one);

function mutate(line: string): string {
  const words = line.split(' ');
  for (let count = below(3); count > 0; count -= 1) words[below(words.length)] = odd[below(odd.length)] ?? '';
  if (random() < 0.2) words.length = below(words.length + 1);
  return random() < 0.2 ? String.fromCharCode(...words.map(() => below(65536))) : words.join(' ');
}

test('any text parses to a value: as many values as fields, all of them from the text, or a reason', (t) => {
  for (let run = 0; run < 20_000; run += 1) {
    const line = mutate(lines[below(lines.length)] ?? '');
    const given = `FUZZ_SEED=${seed} run ${run}: ${JSON.stringify(line)}`;
    try {
      const parsed = parseFlowLog(line, formats);
      const isSound =
        'reason' in parsed
          ? parsed.reason.length > 0
          : parsed.values.length === parsed.format.fields.length &&
            parsed.values.every((value) => value !== '' && line.includes(value));
      if (!isSound) t.fail(given);
    } catch (error) {
      t.fail(`${given} threw ${error}`);
    }
  }
  t.pass();
});
