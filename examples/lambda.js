// A Lambda function with a Kinesis event source mapping. Settings are in manifest.json beside this file, or given here; the
// environment has the address of the receiver. lambda.template.yaml has the mapping, the network and the alarms.
import { createHandler } from 'kinesis-snare/lambda';

export const handler = createHandler({
  id: 'kinesis-snare',
  config: {
    output: { type: 'tcp', host: '${SNARE_HOST:?the receiver}', port: '${SNARE_PORT:-6161}' },
  },
});
