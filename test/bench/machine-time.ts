/** Milliseconds since some moment that all processes of the machine share, for times that one takes and another reads. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
