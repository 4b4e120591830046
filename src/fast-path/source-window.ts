/**
 * The stretch of a text that is being walked through, with zeros behind it, at which every scan ends. It is copied to memory
 * that never changes its place: the compiler then knows where it is and how long, and leaves out what it would check again
 * for each byte.
 *
 * What V8 knows decides how fast the fast path is, and it knows the constants of a module, in that module. An import, an
 * export and a function that is declared, whose name another could take, it looks up for each use; a view that is an argument
 * it checks at each access, and a constant one too where it is used in a loop itself. So what runs here for each byte and each
 * field is a constant: imports are taken out of their modules into constants, functions are arrow functions, and loops read
 * and write memory through small ones. Not too many: V8 builds no more than 920 bytes of bytecode into a function. And `| 0`
 * tells it of a number that it is whole.
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
