/** A row of one of Snare Central's tables. */
export interface SnareRow {
  /** The name of the table: `AWSVPCFlowLog`, `AWSGenericLog` or `GenericLog`. */
  readonly TABLE: string;
  readonly SYSTEM: string;
  /** RFC3339Nano. */
  readonly DATETIME: string;
  /** What has no column of its own. */
  readonly SNAREDATAMAP: DataMap;
  readonly [column: string]: string | DataMap;
}

export type DataMap = Readonly<Record<string, string>>;
