/** A parsed log event. */
export interface FlowLog<Format extends FieldNames = FieldNames> {
  readonly format: Format;
  /** One value for each field of the format, in its order, unchanged; `-` means that there was no value. */
  readonly values: readonly string[];
}

/** A format, as far as it names the fields of a line. */
export interface FieldNames {
  readonly fields: readonly { readonly name: string }[];
}
