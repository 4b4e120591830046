/** A row of one of Snare Central's tables. */
export interface SnareRow {
  /** The name of the table: `AWSVPCFlowLog`, `AWSGenericLog` or `GenericLog`. */
  readonly TABLE: string;
  /** What the log is from, such as `AWS Internal`. */
  readonly SYSTEM: string;
  /** When it happened, in RFC3339Nano; of a flow log its end. `-` where that is unknown. */
  readonly DATETIME: string;
  /** What has no column of its own. */
  readonly SNAREDATAMAP: DataMap;
  /** The other columns of the table, such as `SRCADDR`; `-` where the log has none. */
  readonly [column: string]: string | DataMap;
}

/** Names and values that have no column of their own. */
export type DataMap = Readonly<Record<string, string>>;
