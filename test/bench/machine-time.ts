/** Milliseconds since a moment that all processes of the machine share, to compare times of different processes. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
