/**
 * Every setting of the plugin: name, limits, default and description. `npm run generate` generates the types, the `configSchema`
 * of the manifest and the table in docs/settings.md from this folder, and tests compare them. Units are in the names.
 */
import { z } from 'zod';
import { inputSchema } from './input.js';
import { bytes, filePath, mib, milliseconds } from './kinds.js';
import { metricsSchema } from './metrics.js';
import { outputSchema } from './output.js';

export type { SettingsOverrides } from './overrides.js';
export type {
  InputSettings,
  OutputSettings,
  OutputSettingsInput,
  Settings,
  SettingsInput,
} from './settings-types.js';

export const settingsSchema = z.strictObject({
  input: inputSchema.optional().describe('Where flow logs come from. Without it, nothing is read.'),
  output: outputSchema.optional().describe('Where Snare lines go. Without it, `register` adds no transport.'),
  unparsed: z
    .enum(['generic', 'dead-letter'])
    .default('generic')
    .describe('What happens to a message that fits no format: an `AWSGenericLog` row or a dead letter.'),
  unreadable: z
    .enum(['dead-letter', 'generic'])
    .default('dead-letter')
    .describe(
      'What happens to a record, or a part of one, that cannot be read or sent: a dead letter, or `AWSGenericLog` rows with its bytes in base64. With `generic`, `unparsed` is `generic` too.',
    ),
  deadLetter: z
    .strictObject({
      path: filePath('The dead-letter file: NDJSON, mode 0600.').default('./kinesis-snare.dead-letter.ndjson'),
      maxBytes: bytes(mib, 1024 * 1024 * mib)
        .default(1024 * mib)
        .describe(
          'Largest size of the dead-letter file. A shard that would exceed it waits. A fault reports a file that is 80 % full.',
        ),
      maxLogGroupPercent: z
        .int()
        .min(1)
        .max(100)
        .default(25)
        .describe(
          'Share of `maxBytes` for one log group, and for all records without a log group, in percent. A shard that would exceed it waits.',
        ),
      maxBytesPerMinute: bytes(mib)
        .default(64 * mib)
        .describe('Most bytes of dead letters of one log group in a minute. A shard that would exceed it waits.'),
    })
    .default({
      path: './kinesis-snare.dead-letter.ndjson',
      maxBytes: 1024 * mib,
      maxLogGroupPercent: 25,
      maxBytesPerMinute: 64 * mib,
    })
    .describe('The file that keeps records that cannot be used.'),
  metrics: metricsSchema
    .optional()
    .describe('Serves metrics, health and a status page over HTTP. Without it, no port is opened.'),
  delivery: z
    .enum(['logger', 'direct'])
    .default('logger')
    .describe('Whether flow logs pass through the logger and its formats, or go straight to the output.'),
  acknowledge: z
    .enum(['confirmed', 'handed-over'])
    .default('confirmed')
    .describe(
      'What the checkpoint waits for: the confirmation of every SnareTransport, or the hand-over to the logger.',
    ),
  maxReadBytes: bytes(10 * mib)
    .default(20 * mib)
    .describe(
      'Most memory for Kinesis records that wait to be processed. The shards share an eighth of it, so that each can always read. Memory for a larger response is reserved before it is read.',
    ),
  drainTimeoutMs: milliseconds(0, 600_000)
    .default(25_000)
    .describe('Longest time for which a stop waits for confirmations.'),
});
