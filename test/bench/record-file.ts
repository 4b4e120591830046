/**
 * Stores records on disk, so that every process of the benchmark reads the same ones. Each follows its length in four bytes.
 */
import { readFileSync, writeFileSync } from 'node:fs';

export function writeRecords(path: string, records: readonly Uint8Array[]): void {
  const parts = records.flatMap((record) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(record.length);
    return [length, record];
  });
  writeFileSync(path, Buffer.concat(parts));
}

export function readRecords(path: string): readonly Uint8Array[] {
  const bytes = readFileSync(path);
  const records: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at);
    records.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return records;
}
