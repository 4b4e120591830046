/**
 * Every setting of the plugin, once: its name, its limits, its default and the sentence that explains it. The types, the
 * manifest's `configSchema` and the table in docs/settings.md are generated from here and from `settings/` by
 * `npm run generate`, and tests compare them. Sentences say what the setting is for; units are in the names.
 */
import { z } from 'zod';
import { inputSchema } from './input.js';
import { bytes, filePath, mib, milliseconds } from './kinds.js';
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
  input: inputSchema.optional().describe('Where flow logs come from; left out, nothing is read.'),
  output: outputSchema.optional().describe('Where Snare lines go; left out, `register` adds no transport.'),
  unparsed: z
    .enum(['generic', 'dead-letter'])
    .default('generic')
    .describe('What becomes of a message that fits no format: an `AWSGenericLog` row or a dead letter.'),
  deadLetter: z
    .strictObject({
      path: filePath('The file of records that could not be read, NDJSON, mode 0600.').default(
        './kinesis-snare.dead-letter.ndjson',
      ),
      maxBytes: bytes(mib, 1024 * 1024 * mib)
        .default(1024 * mib)
        .describe('Largest size of that file; a shard that would go beyond it waits. Told at four fifths.'),
      maxLogGroupPercent: z
        .int()
        .min(1)
        .max(100)
        .default(25)
        .describe(
          'Part of that size for one log group, and for all records that name none; a shard that would go beyond it waits.',
        ),
      maxBytesPerMinute: bytes(mib)
        .default(64 * mib)
        .describe('Most bytes of dead letters of one log group in a minute; a shard that would go beyond it waits.'),
    })
    .default({
      path: './kinesis-snare.dead-letter.ndjson',
      maxBytes: 1024 * mib,
      maxLogGroupPercent: 25,
      maxBytesPerMinute: 64 * mib,
    })
    .describe('Where unreadable records are set aside.'),
  delivery: z
    .enum(['logger', 'direct'])
    .default('logger')
    .describe('Whether flow logs pass through the logger and its formats, or go straight to the output.'),
  acknowledge: z
    .enum(['confirmed', 'handed-over'])
    .default('confirmed')
    .describe('What lets a checkpoint pass: the confirmation of every SnareTransport, or the hand-over to the logger.'),
  maxReadBytes: bytes(10 * mib)
    .default(20 * mib)
    .describe(
      'Most memory for Kinesis records that wait to be taken. An eighth of it is shared out among the shards, so that each can always read; what a response needs beyond is reserved before it is read.',
    ),
  drainTimeoutMs: milliseconds(0, 600_000)
    .default(25_000)
    .describe('Longest time that a stop waits for confirmations.'),
});
