/** The settings with which a plugin under test reads a fake Kinesis: all of the stream, without long pauses. */
import { join } from 'node:path';
import type { FakeKinesis } from '../fakes/fake-kinesis.js';

export function toFakeInput({ endpoint, region }: FakeKinesis, stream: string, folder: string) {
  return {
    stream,
    endpoint,
    region,
    startAt: 'earliest',
    idleDelayMs: 200,
    checkpoint: { type: 'file', path: join(folder, 'checkpoint.json') },
  };
}
