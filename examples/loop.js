/** A host app without Winston: a loop over the records of the stream that prints each rejected connection. */
import { FlowLogInput } from 'kinesis-snare';

const input = new FlowLogInput(process.argv[2] ?? './manifest.json');
input.on('fault', ({ message }) => console.error(message));
process.once('SIGTERM', () => input.stop());

for await (const { rows, ack } of input) {
  for (const { ACTION, SRCADDR, DSTADDR, DSTPORT } of rows) {
    if (ACTION === 'REJECT') console.log(`${SRCADDR} -> ${DSTADDR}:${DSTPORT}`);
  }
  ack();
}
