/**
 * The stretch of a text that is being walked through, with zeros behind it, at which every scan ends. It is copied to memory
 * that never changes its place: the compiler then knows where it is and how long, and leaves out what it would check again
 * for each byte. Modules that read it take `const SOURCE = source`, since only its own constants are known to a module's code.
 */
const WINDOW_BYTES = 64 * 1024;
/** More than any read goes past the end. */
const ZEROS = 32;

const bytes = new Uint8Array(WINDOW_BYTES + ZEROS);
export const source = new DataView(bytes.buffer);

/** Takes what fits from there on, and returns how many bytes that was. */
export function loadSource(text: Uint8Array, from: number): number {
  const part = text.subarray(from, from + WINDOW_BYTES);
  bytes.set(part);
  bytes.fill(0, part.length, part.length + ZEROS);
  return part.length;
}
