/** When the last flow of a record ended: known once its rows are made, which may be after the record was handed out. */
export class FlowEnd {
  /** In milliseconds since 1970; undefined if no flow is known. */
  ms: number | undefined;

  constructor(ms?: number) {
    this.ms = ms;
  }
}
