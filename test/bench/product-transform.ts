/**
 * Turns a subscription record into the bytes of its lines, with the code that the plugin uses without a logger. No other file
 * of the benchmark knows how the plugin does this.
 */
import { type Clock, systemClock } from '../../src/clock.js';
import { createFixedFormats } from '../../src/flow-log/format-source.js';
import type { LineFormat } from '../../src/line-format.js';
import { createFastLines } from '../../src/pipeline/fast-lines.js';
import { createFormats } from '../../src/pipeline/open-formats.js';
import { createFormatter } from '../../src/pipeline/open-output.js';
import { type ProcessOptions, processRecord } from '../../src/pipeline/process-record.js';
import type { StreamRecord } from '../../src/record.js';
import { PluginEmitter } from '../../src/report/events.js';
import { Counters } from '../../src/report/stats.js';

/** Formats collection times in UTC on every machine, as the plain transform does. */
export const utcClock: Clock = { ...systemClock, offsetMinutes: () => 0 };

export type RecordTransform = (data: Uint8Array, readMs: number) => Promise<readonly Uint8Array[]>;

export function createProductTransform(format: LineFormat, formats: readonly string[]): RecordTransform {
  const options = createProcessOptions(formats);
  const formatLine = createFormatter({ format, hostname: 'collector' });
  const { maxEventsPerRecord: maxEvents } = options.caps;
  const toLines = createFastLines({ formatLine, maxLineBytes: 1024 * 1024, maxEvents });
  return async (data, readMs) => {
    const { lines, rows } = await processRecord(toStreamRecord(data, readMs), { ...options, toLines });
    if (!lines) return [Buffer.from([...rows].map(({ row, message }) => formatLine(row, message)).join(''))];
    const bytes = lines.parts.map((part) => part.bytes);
    // The output writes the parts in order and then releases their memory.
    for (const part of lines.parts) part.free();
    return bytes;
  };
}

export function createProcessOptions(formats: readonly string[]): ProcessOptions {
  return {
    caps: { maxRecordBytes: 16 * 1024 * 1024, maxEventsPerRecord: 100_000 },
    formats: createFixedFormats(createFormats([...formats])),
    unparsed: 'generic',
    clock: utcClock,
    counters: new Counters(),
    events: new PluginEmitter(),
    // As with the default settings.
    isTallied: true,
  };
}

export function toStreamRecord(data: Uint8Array, readMs: number, ack: () => void = () => {}): StreamRecord {
  return { shardId: 'shardId-000000000000', sequenceNumber: '1', data, readMs, arrivalMs: readMs, ack };
}
