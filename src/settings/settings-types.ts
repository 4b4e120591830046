/** Every setting, with what it means. Generated from the schema by `npm run generate`; do not edit. */

/** What a user may write: whatever has a default may be left out. */
export interface SettingsInput {
  /** Where flow logs come from; left out, nothing is read. */
  input?: InputSettingsInput | undefined;
  /** Where Snare lines go; left out, `register` adds no transport. */
  output?: OutputSettingsInput | undefined;
  /**
   * What becomes of a message that fits no format: an `AWSGenericLog` row or a dead letter.
   *
   * @default "generic"
   */
  unparsed?: 'generic' | 'dead-letter' | undefined;
  /** Where unreadable records are set aside. */
  deadLetter?: DeadLetterSettingsInput | undefined;
  /**
   * Whether flow logs pass through the logger and its formats, or go straight to the output.
   *
   * @default "logger"
   */
  delivery?: 'logger' | 'direct' | undefined;
  /**
   * What lets a checkpoint pass: the confirmation of every SnareTransport, or the hand-over to the logger.
   *
   * @default "confirmed"
   */
  acknowledge?: 'confirmed' | 'handed-over' | undefined;
  /**
   * Most memory for Kinesis records that wait to be taken. An eighth of it is shared out among the shards, so that each
   * can always read; what a response needs beyond is reserved before it is read.
   *
   * Bytes: a whole number from 10485760 to 1073741824.
   *
   * @default 20971520 (20 MiB)
   */
  maxReadBytes?: number | undefined;
  /**
   * Longest time that a stop waits for confirmations.
   *
   * Milliseconds: a whole number from 0 to 600000.
   *
   * @default 25000
   */
  drainTimeoutMs?: number | undefined;
}

/** Where flow logs come from; left out, nothing is read. */
export interface InputSettingsInput {
  /**
   * Name or ARN of the Kinesis data stream.
   *
   * A string that is not empty.
   */
  stream: string;
  /**
   * AWS region; taken from a stream's ARN, then from the AWS environment.
   *
   * A string that is not empty.
   */
  region?: string | undefined;
  /**
   * Another address for the Kinesis API, such as a VPC endpoint or an emulator.
   *
   * An http or https URL.
   */
  endpoint?: string | undefined;
  /**
   * Names of the CloudWatch Logs log groups whose flow logs the stream carries.
   *
   * Each: a string of 1 to 512 characters.
   *
   * @default []
   */
  logGroups?: string[] | undefined;
  /**
   * AWS accounts whose log groups the stream carries, 12 digits each; every account when left out.
   *
   * @default []
   */
  accounts?: string[] | undefined;
  /**
   * What becomes of log events that name a log group or account other than those in `logGroups` and `accounts`; what is
   * ignored is counted.
   *
   * @default "accept"
   */
  otherLogGroups?: 'accept' | 'dead-letter' | 'ignore' | undefined;
  /**
   * Fetch what AWS has dropped from the stream before it was read from `logGroups`, by itself, while the stream goes
   * on.
   *
   * @default false
   */
  healGaps?: boolean | undefined;
  /**
   * Another address for the CloudWatch Logs API, such as a VPC endpoint or an emulator.
   *
   * An http or https URL.
   */
  logsEndpoint?: string | undefined;
  /**
   * Another address for the EC2 API, which `formats` with `auto` asks.
   *
   * An http or https URL.
   */
  ec2Endpoint?: string | undefined;
  /**
   * Where to begin when no checkpoint exists: `latest`, `earliest` or an RFC 3339 time; one in the future is waited
   * for.
   *
   * @default "latest"
   */
  startAt?: string | undefined;
  /**
   * Formats of the flow logs, tried in order before the AWS default formats; `auto`, also in a list, looks up those of
   * each log group.
   *
   * @default []
   */
  formats?: string | (string | FormatSettingsInput)[] | undefined;
  /** A role to assume on top of the credentials of the environment. */
  assumeRole?: AssumeRoleSettingsInput | undefined;
  /** Where positions are kept. */
  checkpoint?: CheckpointSettingsInput | undefined;
  /**
   * Longest time between an acknowledgement and its checkpoint.
   *
   * Milliseconds: a whole number from 0 to 60000.
   *
   * @default 1000
   */
  checkpointIntervalMs?: number | undefined;
  /**
   * Largest expanded size of one Kinesis record; a larger one is a dead letter.
   *
   * Bytes: a whole number from 65536 to 268435456.
   *
   * @default 16777216 (16 MiB)
   */
  maxRecordBytes?: number | undefined;
  /**
   * Most log events in one Kinesis record; a record with more is a dead letter.
   *
   * A whole number from 1 to 1000000.
   *
   * @default 100000
   */
  maxEventsPerRecord?: number | undefined;
  /**
   * Longest pause between two reads of a shard that is at its tip.
   *
   * Milliseconds: a whole number from 200 to 60000.
   *
   * @default 1000
   */
  idleDelayMs?: number | undefined;
  /**
   * What to do when the stream was deleted and created again: stop, or set the checkpoint aside and begin anew.
   *
   * @default "fail"
   */
  onStreamRecreated?: 'fail' | 'reset' | undefined;
  /**
   * What to do, once it is told, when AWS has dropped records that were not read: go on, or stop.
   *
   * @default "continue"
   */
  onDataLoss?: 'continue' | 'fail' | undefined;
  /**
   * HTTP or HTTPS proxy for AWS, such as `http://proxy.example.com:3128`; may hold a user and a password.
   *
   * An http or https URL. Secret: never shown.
   */
  proxy?: string | undefined;
  /**
   * Attempts at a record that fails in the program itself, after which it is a dead letter.
   *
   * A whole number from 1 to 1000.
   *
   * @default 5
   */
  maxAttempts?: number | undefined;
  /**
   * Time without a reply, or without an acknowledgement while some are due, after which a shard is reported.
   *
   * Milliseconds: a whole number from 1000 to 86400000.
   *
   * @default 300000
   */
  stallLimitMs?: number | undefined;
  /**
   * Time between two looks at the list of shards.
   *
   * Milliseconds: a whole number from 1000 to 3600000.
   *
   * @default 60000
   */
  shardSyncMs?: number | undefined;
}

/**
 * Formats of the flow logs, tried in order before the AWS default formats; `auto`, also in a list, looks up those of
 * each log group.
 */
export interface FormatSettingsInput {
  /**
   * Glob for the log groups the rule is for; every group when left out.
   *
   * A string of 1 to 1024 characters.
   */
  logGroup?: string | undefined;
  /**
   * Glob for the log streams the rule is for; every stream when left out.
   *
   * A string of 1 to 1024 characters.
   */
  logStream?: string | undefined;
  /**
   * The format as AWS shows it, such as `${version} ${srcaddr} ${dstaddr}`.
   *
   * A flow-log format such as "${version} ${srcaddr}".
   */
  format: string;
}

/** A role to assume on top of the credentials of the environment. */
export interface AssumeRoleSettingsInput {
  /**
   * ARN of the role to assume for reading the stream.
   *
   * A string that is not empty.
   */
  arn: string;
  /**
   * External id that the role asks for.
   *
   * A string that is not empty. Secret: never shown.
   */
  externalId?: string | undefined;
}

/** Where positions are kept. */
export type CheckpointSettingsInput = FileCheckpointSettingsInput | MemoryCheckpointSettingsInput;

/** Keep the positions in a file on this machine. */
export interface FileCheckpointSettingsInput {
  /** Keep the positions in a file on this machine. */
  type?: 'file' | undefined;
  /**
   * The checkpoint file; a lock and the previous version are kept beside it.
   *
   * A path.
   *
   * @default "./kinesis-snare.checkpoint.json"
   */
  path?: string | undefined;
}

/** Keep the positions for as long as the process lives; for trials. */
export interface MemoryCheckpointSettingsInput {
  /** Keep the positions for as long as the process lives; for trials. */
  type: 'memory';
}

/** Where Snare lines go; left out, `register` adds no transport. */
export type OutputSettingsInput =
  | TcpOutputSettingsInput
  | TlsOutputSettingsInput
  | UdpOutputSettingsInput
  | FileOutputSettingsInput
  | StdoutOutputSettingsInput;

/** Plain TCP. */
export interface TcpOutputSettingsInput {
  /** Plain TCP. */
  type: 'tcp';
  /**
   * The receiver's name or address.
   *
   * A string that is not empty.
   */
  host: string;
  /**
   * The receiver's port.
   *
   * A whole number from 1 to 65535.
   *
   * @default 6161
   */
  port?: number | undefined;
  /**
   * Layout of a line.
   *
   * @default "snare"
   */
  format?: 'snare' | 'snare-tab' | 'raw' | 'syslog' | 'json' | undefined;
  /**
   * Longest line; a longer one is a dead letter, and over UDP one that no datagram can carry is too.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  maxLineBytes?: number | undefined;
  /**
   * First field of the header in place of the SYSTEM column.
   *
   * A string of 1 to 255 characters.
   */
  system?: string | undefined;
  /**
   * HOSTNAME of syslog lines; this machine's name when left out.
   *
   * A string of 1 to 255 characters.
   */
  hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical); by table and level when left out.
   *
   * A whole number from 0 to 4.
   */
  criticality?: number | undefined;
  /**
   * How lines are told apart: a line feed after each, or its length in bytes before each (RFC 6587).
   *
   * @default "lf"
   */
  framing?: 'lf' | 'octet-counting' | undefined;
  /**
   * What counts as delivered: the receiver's own close after ours, or the local write.
   *
   * @default "closed"
   */
  confirm?: 'closed' | 'written' | undefined;
  /**
   * Longest wait for the receiver to close, and to take half a megabyte of lines.
   *
   * Milliseconds: a whole number from 100 to 600000.
   *
   * @default 10000
   */
  confirmTimeoutMs?: number | undefined;
  /**
   * Time after which a later connection must also have ended well.
   *
   * Milliseconds: a whole number from 0 to 60000.
   *
   * @default 500
   */
  confirmHoldMs?: number | undefined;
  /**
   * Longest time that one connection takes lines.
   *
   * Milliseconds: a whole number from 50 to 600000.
   *
   * @default 1000
   */
  rotateMs?: number | undefined;
  /**
   * Most bytes that one connection takes.
   *
   * Bytes: a whole number from 1024 to 1073741824.
   *
   * @default 8388608 (8 MiB)
   */
  rotateBytes?: number | undefined;
  /**
   * Longest wait for a connection.
   *
   * Milliseconds: a whole number from 100 to 300000.
   *
   * @default 10000
   */
  connectTimeoutMs?: number | undefined;
  /**
   * Longest pause between two attempts to connect.
   *
   * Milliseconds: a whole number from 100 to 600000.
   *
   * @default 30000
   */
  reconnectMaxMs?: number | undefined;
  /**
   * Most memory for lines until they are written, then for what they were made of; at the limit reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  maxBufferedBytes?: number | undefined;
  /**
   * Most lines that are not yet confirmed; at the limit reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  maxBufferedRecords?: number | undefined;
  /**
   * Ship the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  hostLogs?: boolean | undefined;
  /**
   * Most bytes of host logs that wait; beyond it the newest are dropped and counted.
   *
   * Bytes: a whole number from 1024 to 1073741824.
   *
   * @default 8388608 (8 MiB)
   */
  maxHostLogBytes?: number | undefined;
}

/** TLS over TCP. */
export interface TlsOutputSettingsInput {
  /** TLS over TCP. */
  type: 'tls';
  /**
   * The receiver's name or address.
   *
   * A string that is not empty.
   */
  host: string;
  /**
   * The receiver's port.
   *
   * A whole number from 1 to 65535.
   *
   * @default 6163
   */
  port?: number | undefined;
  /**
   * Layout of a line.
   *
   * @default "snare"
   */
  format?: 'snare' | 'snare-tab' | 'raw' | 'syslog' | 'json' | undefined;
  /**
   * Longest line; a longer one is a dead letter, and over UDP one that no datagram can carry is too.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  maxLineBytes?: number | undefined;
  /**
   * First field of the header in place of the SYSTEM column.
   *
   * A string of 1 to 255 characters.
   */
  system?: string | undefined;
  /**
   * HOSTNAME of syslog lines; this machine's name when left out.
   *
   * A string of 1 to 255 characters.
   */
  hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical); by table and level when left out.
   *
   * A whole number from 0 to 4.
   */
  criticality?: number | undefined;
  /** Certificates; files are read again for every connection. */
  tls?: TlsSettingsInput | undefined;
  /**
   * How lines are told apart: a line feed after each, or its length in bytes before each (RFC 6587).
   *
   * @default "lf"
   */
  framing?: 'lf' | 'octet-counting' | undefined;
  /**
   * What counts as delivered: the receiver's own close after ours, or the local write.
   *
   * @default "closed"
   */
  confirm?: 'closed' | 'written' | undefined;
  /**
   * Longest wait for the receiver to close, and to take half a megabyte of lines.
   *
   * Milliseconds: a whole number from 100 to 600000.
   *
   * @default 10000
   */
  confirmTimeoutMs?: number | undefined;
  /**
   * Time after which a later connection must also have ended well.
   *
   * Milliseconds: a whole number from 0 to 60000.
   *
   * @default 500
   */
  confirmHoldMs?: number | undefined;
  /**
   * Longest time that one connection takes lines.
   *
   * Milliseconds: a whole number from 50 to 600000.
   *
   * @default 1000
   */
  rotateMs?: number | undefined;
  /**
   * Most bytes that one connection takes.
   *
   * Bytes: a whole number from 1024 to 1073741824.
   *
   * @default 8388608 (8 MiB)
   */
  rotateBytes?: number | undefined;
  /**
   * Longest wait for a connection.
   *
   * Milliseconds: a whole number from 100 to 300000.
   *
   * @default 10000
   */
  connectTimeoutMs?: number | undefined;
  /**
   * Longest pause between two attempts to connect.
   *
   * Milliseconds: a whole number from 100 to 600000.
   *
   * @default 30000
   */
  reconnectMaxMs?: number | undefined;
  /**
   * Most memory for lines until they are written, then for what they were made of; at the limit reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  maxBufferedBytes?: number | undefined;
  /**
   * Most lines that are not yet confirmed; at the limit reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  maxBufferedRecords?: number | undefined;
  /**
   * Ship the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  hostLogs?: boolean | undefined;
  /**
   * Most bytes of host logs that wait; beyond it the newest are dropped and counted.
   *
   * Bytes: a whole number from 1024 to 1073741824.
   *
   * @default 8388608 (8 MiB)
   */
  maxHostLogBytes?: number | undefined;
}

/** Certificates; files are read again for every connection. */
export interface TlsSettingsInput {
  /**
   * Certificates to trust, PEM; those of Node when left out.
   *
   * A path.
   */
  ca?: string | undefined;
  /**
   * The client's certificate, PEM, where the receiver asks for one.
   *
   * A path.
   */
  cert?: string | undefined;
  /**
   * The client's key, PEM.
   *
   * A path.
   */
  key?: string | undefined;
  /**
   * Passphrase of the client's key.
   *
   * A string that is not empty. Secret: never shown.
   */
  passphrase?: string | undefined;
  /**
   * Name in the receiver's certificate; the host when left out.
   *
   * A string that is not empty.
   */
  serverName?: string | undefined;
  /**
   * Whether the receiver's certificate has to be good; `any` takes every one, and says so.
   *
   * @default "strict"
   */
  verify?: 'strict' | 'any' | undefined;
  /**
   * Lowest version of TLS.
   *
   * @default "TLSv1.2"
   */
  minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
}

/** UDP, one line a datagram: fast, and nothing is ever confirmed but that it was sent. */
export interface UdpOutputSettingsInput {
  /** UDP, one line a datagram: fast, and nothing is ever confirmed but that it was sent. */
  type: 'udp';
  /**
   * The receiver's name or address.
   *
   * A string that is not empty.
   */
  host: string;
  /**
   * The receiver's port.
   *
   * A whole number from 1 to 65535.
   *
   * @default 6161
   */
  port?: number | undefined;
  /**
   * Layout of a line.
   *
   * @default "snare"
   */
  format?: 'snare' | 'snare-tab' | 'raw' | 'syslog' | 'json' | undefined;
  /**
   * Longest line; a longer one is a dead letter, and over UDP one that no datagram can carry is too.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  maxLineBytes?: number | undefined;
  /**
   * First field of the header in place of the SYSTEM column.
   *
   * A string of 1 to 255 characters.
   */
  system?: string | undefined;
  /**
   * HOSTNAME of syslog lines; this machine's name when left out.
   *
   * A string of 1 to 255 characters.
   */
  hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical); by table and level when left out.
   *
   * A whole number from 0 to 4.
   */
  criticality?: number | undefined;
  /**
   * Longest pause between two attempts to connect.
   *
   * Milliseconds: a whole number from 100 to 600000.
   *
   * @default 30000
   */
  reconnectMaxMs?: number | undefined;
  /**
   * Most memory for lines until they are written, then for what they were made of; at the limit reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  maxBufferedBytes?: number | undefined;
  /**
   * Most lines that are not yet confirmed; at the limit reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  maxBufferedRecords?: number | undefined;
  /**
   * Ship the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  hostLogs?: boolean | undefined;
  /**
   * Most bytes of host logs that wait; beyond it the newest are dropped and counted.
   *
   * Bytes: a whole number from 1024 to 1073741824.
   *
   * @default 8388608 (8 MiB)
   */
  maxHostLogBytes?: number | undefined;
}

/** A file that lines are appended to. */
export interface FileOutputSettingsInput {
  /** A file that lines are appended to. */
  type: 'file';
  /**
   * The file; it is created with mode 0600.
   *
   * A path.
   */
  path: string;
  /**
   * Size that the file does not go beyond, but for a single longer line: it is rotated to `.1` first, that one to `.2`
   * and so on; 0 for never.
   *
   * Bytes: a whole number from 0 to 1099511627776.
   *
   * @default 0
   */
  maxFileBytes?: number | undefined;
  /**
   * How many rotated files are kept.
   *
   * A whole number from 1 to 1000.
   *
   * @default 5
   */
  maxFiles?: number | undefined;
  /**
   * Layout of a line.
   *
   * @default "snare"
   */
  format?: 'snare' | 'snare-tab' | 'raw' | 'syslog' | 'json' | undefined;
  /**
   * Longest line; a longer one is a dead letter, and over UDP one that no datagram can carry is too.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  maxLineBytes?: number | undefined;
  /**
   * First field of the header in place of the SYSTEM column.
   *
   * A string of 1 to 255 characters.
   */
  system?: string | undefined;
  /**
   * HOSTNAME of syslog lines; this machine's name when left out.
   *
   * A string of 1 to 255 characters.
   */
  hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical); by table and level when left out.
   *
   * A whole number from 0 to 4.
   */
  criticality?: number | undefined;
  /**
   * Most memory for lines until they are written, then for what they were made of; at the limit reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  maxBufferedBytes?: number | undefined;
  /**
   * Most lines that are not yet confirmed; at the limit reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  maxBufferedRecords?: number | undefined;
  /**
   * Ship the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  hostLogs?: boolean | undefined;
  /**
   * Most bytes of host logs that wait; beyond it the newest are dropped and counted.
   *
   * Bytes: a whole number from 1024 to 1073741824.
   *
   * @default 8388608 (8 MiB)
   */
  maxHostLogBytes?: number | undefined;
}

/** Standard output. */
export interface StdoutOutputSettingsInput {
  /** Standard output. */
  type: 'stdout';
  /**
   * Layout of a line.
   *
   * @default "snare"
   */
  format?: 'snare' | 'snare-tab' | 'raw' | 'syslog' | 'json' | undefined;
  /**
   * Longest line; a longer one is a dead letter, and over UDP one that no datagram can carry is too.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  maxLineBytes?: number | undefined;
  /**
   * First field of the header in place of the SYSTEM column.
   *
   * A string of 1 to 255 characters.
   */
  system?: string | undefined;
  /**
   * HOSTNAME of syslog lines; this machine's name when left out.
   *
   * A string of 1 to 255 characters.
   */
  hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical); by table and level when left out.
   *
   * A whole number from 0 to 4.
   */
  criticality?: number | undefined;
  /**
   * Most memory for lines until they are written, then for what they were made of; at the limit reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  maxBufferedBytes?: number | undefined;
  /**
   * Most lines that are not yet confirmed; at the limit reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  maxBufferedRecords?: number | undefined;
  /**
   * Ship the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  hostLogs?: boolean | undefined;
  /**
   * Most bytes of host logs that wait; beyond it the newest are dropped and counted.
   *
   * Bytes: a whole number from 1024 to 1073741824.
   *
   * @default 8388608 (8 MiB)
   */
  maxHostLogBytes?: number | undefined;
}

/** Where unreadable records are set aside. */
export interface DeadLetterSettingsInput {
  /**
   * The file of records that could not be read, NDJSON, mode 0600.
   *
   * A path.
   *
   * @default "./kinesis-snare.dead-letter.ndjson"
   */
  path?: string | undefined;
  /**
   * Largest size of that file; a shard that would go beyond it waits. Told at four fifths.
   *
   * Bytes: a whole number from 1048576 to 1099511627776.
   *
   * @default 1073741824 (1024 MiB)
   */
  maxBytes?: number | undefined;
  /**
   * Part of that size for one log group, and for all records that name none; a shard that would go beyond it waits.
   *
   * Percent: a whole number from 1 to 100.
   *
   * @default 25
   */
  maxLogGroupPercent?: number | undefined;
  /**
   * Most bytes of dead letters of one log group in a minute; a shard that would go beyond it waits.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 67108864 (64 MiB)
   */
  maxBytesPerMinute?: number | undefined;
}

/** The settings with every default filled in. */
export interface Settings {
  /** Where flow logs come from; left out, nothing is read. */
  readonly input?: InputSettings | undefined;
  /** Where Snare lines go; left out, `register` adds no transport. */
  readonly output?: OutputSettings | undefined;
  /**
   * What becomes of a message that fits no format: an `AWSGenericLog` row or a dead letter.
   *
   * @default "generic"
   */
  readonly unparsed: 'generic' | 'dead-letter';
  /** Where unreadable records are set aside. */
  readonly deadLetter: DeadLetterSettings;
  /**
   * Whether flow logs pass through the logger and its formats, or go straight to the output.
   *
   * @default "logger"
   */
  readonly delivery: 'logger' | 'direct';
  /**
   * What lets a checkpoint pass: the confirmation of every SnareTransport, or the hand-over to the logger.
   *
   * @default "confirmed"
   */
  readonly acknowledge: 'confirmed' | 'handed-over';
  /**
   * Most memory for Kinesis records that wait to be taken. An eighth of it is shared out among the shards, so that each
   * can always read; what a response needs beyond is reserved before it is read.
   *
   * Bytes: a whole number from 10485760 to 1073741824.
   *
   * @default 20971520 (20 MiB)
   */
  readonly maxReadBytes: number;
  /**
   * Longest time that a stop waits for confirmations.
   *
   * Milliseconds: a whole number from 0 to 600000.
   *
   * @default 25000
   */
  readonly drainTimeoutMs: number;
}

/** Where flow logs come from; left out, nothing is read. */
export interface InputSettings {
  /**
   * Name or ARN of the Kinesis data stream.
   *
   * A string that is not empty.
   */
  readonly stream: string;
  /**
   * AWS region; taken from a stream's ARN, then from the AWS environment.
   *
   * A string that is not empty.
   */
  readonly region?: string | undefined;
  /**
   * Another address for the Kinesis API, such as a VPC endpoint or an emulator.
   *
   * An http or https URL.
   */
  readonly endpoint?: string | undefined;
  /**
   * Names of the CloudWatch Logs log groups whose flow logs the stream carries.
   *
   * Each: a string of 1 to 512 characters.
   *
   * @default []
   */
  readonly logGroups: readonly string[];
  /**
   * AWS accounts whose log groups the stream carries, 12 digits each; every account when left out.
   *
   * @default []
   */
  readonly accounts: readonly string[];
  /**
   * What becomes of log events that name a log group or account other than those in `logGroups` and `accounts`; what is
   * ignored is counted.
   *
   * @default "accept"
   */
  readonly otherLogGroups: 'accept' | 'dead-letter' | 'ignore';
  /**
   * Fetch what AWS has dropped from the stream before it was read from `logGroups`, by itself, while the stream goes
   * on.
   *
   * @default false
   */
  readonly healGaps: boolean;
  /**
   * Another address for the CloudWatch Logs API, such as a VPC endpoint or an emulator.
   *
   * An http or https URL.
   */
  readonly logsEndpoint?: string | undefined;
  /**
   * Another address for the EC2 API, which `formats` with `auto` asks.
   *
   * An http or https URL.
   */
  readonly ec2Endpoint?: string | undefined;
  /**
   * Where to begin when no checkpoint exists: `latest`, `earliest` or an RFC 3339 time; one in the future is waited
   * for.
   *
   * @default "latest"
   */
  readonly startAt: string;
  /**
   * Formats of the flow logs, tried in order before the AWS default formats; `auto`, also in a list, looks up those of
   * each log group.
   *
   * @default []
   */
  readonly formats: string | readonly (string | FormatSettings)[];
  /** A role to assume on top of the credentials of the environment. */
  readonly assumeRole?: AssumeRoleSettings | undefined;
  /** Where positions are kept. */
  readonly checkpoint: CheckpointSettings;
  /**
   * Longest time between an acknowledgement and its checkpoint.
   *
   * Milliseconds: a whole number from 0 to 60000.
   *
   * @default 1000
   */
  readonly checkpointIntervalMs: number;
  /**
   * Largest expanded size of one Kinesis record; a larger one is a dead letter.
   *
   * Bytes: a whole number from 65536 to 268435456.
   *
   * @default 16777216 (16 MiB)
   */
  readonly maxRecordBytes: number;
  /**
   * Most log events in one Kinesis record; a record with more is a dead letter.
   *
   * A whole number from 1 to 1000000.
   *
   * @default 100000
   */
  readonly maxEventsPerRecord: number;
  /**
   * Longest pause between two reads of a shard that is at its tip.
   *
   * Milliseconds: a whole number from 200 to 60000.
   *
   * @default 1000
   */
  readonly idleDelayMs: number;
  /**
   * What to do when the stream was deleted and created again: stop, or set the checkpoint aside and begin anew.
   *
   * @default "fail"
   */
  readonly onStreamRecreated: 'fail' | 'reset';
  /**
   * What to do, once it is told, when AWS has dropped records that were not read: go on, or stop.
   *
   * @default "continue"
   */
  readonly onDataLoss: 'continue' | 'fail';
  /**
   * HTTP or HTTPS proxy for AWS, such as `http://proxy.example.com:3128`; may hold a user and a password.
   *
   * An http or https URL. Secret: never shown.
   */
  readonly proxy?: string | undefined;
  /**
   * Attempts at a record that fails in the program itself, after which it is a dead letter.
   *
   * A whole number from 1 to 1000.
   *
   * @default 5
   */
  readonly maxAttempts: number;
  /**
   * Time without a reply, or without an acknowledgement while some are due, after which a shard is reported.
   *
   * Milliseconds: a whole number from 1000 to 86400000.
   *
   * @default 300000
   */
  readonly stallLimitMs: number;
  /**
   * Time between two looks at the list of shards.
   *
   * Milliseconds: a whole number from 1000 to 3600000.
   *
   * @default 60000
   */
  readonly shardSyncMs: number;
}

/**
 * Formats of the flow logs, tried in order before the AWS default formats; `auto`, also in a list, looks up those of
 * each log group.
 */
export interface FormatSettings {
  /**
   * Glob for the log groups the rule is for; every group when left out.
   *
   * A string of 1 to 1024 characters.
   */
  readonly logGroup?: string | undefined;
  /**
   * Glob for the log streams the rule is for; every stream when left out.
   *
   * A string of 1 to 1024 characters.
   */
  readonly logStream?: string | undefined;
  /**
   * The format as AWS shows it, such as `${version} ${srcaddr} ${dstaddr}`.
   *
   * A flow-log format such as "${version} ${srcaddr}".
   */
  readonly format: string;
}

/** A role to assume on top of the credentials of the environment. */
export interface AssumeRoleSettings {
  /**
   * ARN of the role to assume for reading the stream.
   *
   * A string that is not empty.
   */
  readonly arn: string;
  /**
   * External id that the role asks for.
   *
   * A string that is not empty. Secret: never shown.
   */
  readonly externalId?: string | undefined;
}

/** Where positions are kept. */
export type CheckpointSettings = FileCheckpointSettings | MemoryCheckpointSettings;

/** Keep the positions in a file on this machine. */
export interface FileCheckpointSettings {
  /** Keep the positions in a file on this machine. */
  readonly type: 'file';
  /**
   * The checkpoint file; a lock and the previous version are kept beside it.
   *
   * A path.
   *
   * @default "./kinesis-snare.checkpoint.json"
   */
  readonly path: string;
}

/** Keep the positions for as long as the process lives; for trials. */
export interface MemoryCheckpointSettings {
  /** Keep the positions for as long as the process lives; for trials. */
  readonly type: 'memory';
}

/** Where Snare lines go; left out, `register` adds no transport. */
export type OutputSettings =
  | TcpOutputSettings
  | TlsOutputSettings
  | UdpOutputSettings
  | FileOutputSettings
  | StdoutOutputSettings;

/** Plain TCP. */
export interface TcpOutputSettings {
  /** Plain TCP. */
  readonly type: 'tcp';
  /**
   * The receiver's name or address.
   *
   * A string that is not empty.
   */
  readonly host: string;
  /**
   * The receiver's port.
   *
   * A whole number from 1 to 65535.
   *
   * @default 6161
   */
  readonly port: number;
  /**
   * Layout of a line.
   *
   * @default "snare"
   */
  readonly format: 'snare' | 'snare-tab' | 'raw' | 'syslog' | 'json';
  /**
   * Longest line; a longer one is a dead letter, and over UDP one that no datagram can carry is too.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  readonly maxLineBytes: number;
  /**
   * First field of the header in place of the SYSTEM column.
   *
   * A string of 1 to 255 characters.
   */
  readonly system?: string | undefined;
  /**
   * HOSTNAME of syslog lines; this machine's name when left out.
   *
   * A string of 1 to 255 characters.
   */
  readonly hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical); by table and level when left out.
   *
   * A whole number from 0 to 4.
   */
  readonly criticality?: number | undefined;
  /**
   * How lines are told apart: a line feed after each, or its length in bytes before each (RFC 6587).
   *
   * @default "lf"
   */
  readonly framing: 'lf' | 'octet-counting';
  /**
   * What counts as delivered: the receiver's own close after ours, or the local write.
   *
   * @default "closed"
   */
  readonly confirm: 'closed' | 'written';
  /**
   * Longest wait for the receiver to close, and to take half a megabyte of lines.
   *
   * Milliseconds: a whole number from 100 to 600000.
   *
   * @default 10000
   */
  readonly confirmTimeoutMs: number;
  /**
   * Time after which a later connection must also have ended well.
   *
   * Milliseconds: a whole number from 0 to 60000.
   *
   * @default 500
   */
  readonly confirmHoldMs: number;
  /**
   * Longest time that one connection takes lines.
   *
   * Milliseconds: a whole number from 50 to 600000.
   *
   * @default 1000
   */
  readonly rotateMs: number;
  /**
   * Most bytes that one connection takes.
   *
   * Bytes: a whole number from 1024 to 1073741824.
   *
   * @default 8388608 (8 MiB)
   */
  readonly rotateBytes: number;
  /**
   * Longest wait for a connection.
   *
   * Milliseconds: a whole number from 100 to 300000.
   *
   * @default 10000
   */
  readonly connectTimeoutMs: number;
  /**
   * Longest pause between two attempts to connect.
   *
   * Milliseconds: a whole number from 100 to 600000.
   *
   * @default 30000
   */
  readonly reconnectMaxMs: number;
  /**
   * Most memory for lines until they are written, then for what they were made of; at the limit reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  readonly maxBufferedBytes: number;
  /**
   * Most lines that are not yet confirmed; at the limit reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  readonly maxBufferedRecords: number;
  /**
   * Ship the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  readonly hostLogs: boolean;
  /**
   * Most bytes of host logs that wait; beyond it the newest are dropped and counted.
   *
   * Bytes: a whole number from 1024 to 1073741824.
   *
   * @default 8388608 (8 MiB)
   */
  readonly maxHostLogBytes: number;
}

/** TLS over TCP. */
export interface TlsOutputSettings {
  /** TLS over TCP. */
  readonly type: 'tls';
  /**
   * The receiver's name or address.
   *
   * A string that is not empty.
   */
  readonly host: string;
  /**
   * The receiver's port.
   *
   * A whole number from 1 to 65535.
   *
   * @default 6163
   */
  readonly port: number;
  /**
   * Layout of a line.
   *
   * @default "snare"
   */
  readonly format: 'snare' | 'snare-tab' | 'raw' | 'syslog' | 'json';
  /**
   * Longest line; a longer one is a dead letter, and over UDP one that no datagram can carry is too.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  readonly maxLineBytes: number;
  /**
   * First field of the header in place of the SYSTEM column.
   *
   * A string of 1 to 255 characters.
   */
  readonly system?: string | undefined;
  /**
   * HOSTNAME of syslog lines; this machine's name when left out.
   *
   * A string of 1 to 255 characters.
   */
  readonly hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical); by table and level when left out.
   *
   * A whole number from 0 to 4.
   */
  readonly criticality?: number | undefined;
  /** Certificates; files are read again for every connection. */
  readonly tls: TlsSettings;
  /**
   * How lines are told apart: a line feed after each, or its length in bytes before each (RFC 6587).
   *
   * @default "lf"
   */
  readonly framing: 'lf' | 'octet-counting';
  /**
   * What counts as delivered: the receiver's own close after ours, or the local write.
   *
   * @default "closed"
   */
  readonly confirm: 'closed' | 'written';
  /**
   * Longest wait for the receiver to close, and to take half a megabyte of lines.
   *
   * Milliseconds: a whole number from 100 to 600000.
   *
   * @default 10000
   */
  readonly confirmTimeoutMs: number;
  /**
   * Time after which a later connection must also have ended well.
   *
   * Milliseconds: a whole number from 0 to 60000.
   *
   * @default 500
   */
  readonly confirmHoldMs: number;
  /**
   * Longest time that one connection takes lines.
   *
   * Milliseconds: a whole number from 50 to 600000.
   *
   * @default 1000
   */
  readonly rotateMs: number;
  /**
   * Most bytes that one connection takes.
   *
   * Bytes: a whole number from 1024 to 1073741824.
   *
   * @default 8388608 (8 MiB)
   */
  readonly rotateBytes: number;
  /**
   * Longest wait for a connection.
   *
   * Milliseconds: a whole number from 100 to 300000.
   *
   * @default 10000
   */
  readonly connectTimeoutMs: number;
  /**
   * Longest pause between two attempts to connect.
   *
   * Milliseconds: a whole number from 100 to 600000.
   *
   * @default 30000
   */
  readonly reconnectMaxMs: number;
  /**
   * Most memory for lines until they are written, then for what they were made of; at the limit reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  readonly maxBufferedBytes: number;
  /**
   * Most lines that are not yet confirmed; at the limit reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  readonly maxBufferedRecords: number;
  /**
   * Ship the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  readonly hostLogs: boolean;
  /**
   * Most bytes of host logs that wait; beyond it the newest are dropped and counted.
   *
   * Bytes: a whole number from 1024 to 1073741824.
   *
   * @default 8388608 (8 MiB)
   */
  readonly maxHostLogBytes: number;
}

/** Certificates; files are read again for every connection. */
export interface TlsSettings {
  /**
   * Certificates to trust, PEM; those of Node when left out.
   *
   * A path.
   */
  readonly ca?: string | undefined;
  /**
   * The client's certificate, PEM, where the receiver asks for one.
   *
   * A path.
   */
  readonly cert?: string | undefined;
  /**
   * The client's key, PEM.
   *
   * A path.
   */
  readonly key?: string | undefined;
  /**
   * Passphrase of the client's key.
   *
   * A string that is not empty. Secret: never shown.
   */
  readonly passphrase?: string | undefined;
  /**
   * Name in the receiver's certificate; the host when left out.
   *
   * A string that is not empty.
   */
  readonly serverName?: string | undefined;
  /**
   * Whether the receiver's certificate has to be good; `any` takes every one, and says so.
   *
   * @default "strict"
   */
  readonly verify: 'strict' | 'any';
  /**
   * Lowest version of TLS.
   *
   * @default "TLSv1.2"
   */
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
}

/** UDP, one line a datagram: fast, and nothing is ever confirmed but that it was sent. */
export interface UdpOutputSettings {
  /** UDP, one line a datagram: fast, and nothing is ever confirmed but that it was sent. */
  readonly type: 'udp';
  /**
   * The receiver's name or address.
   *
   * A string that is not empty.
   */
  readonly host: string;
  /**
   * The receiver's port.
   *
   * A whole number from 1 to 65535.
   *
   * @default 6161
   */
  readonly port: number;
  /**
   * Layout of a line.
   *
   * @default "snare"
   */
  readonly format: 'snare' | 'snare-tab' | 'raw' | 'syslog' | 'json';
  /**
   * Longest line; a longer one is a dead letter, and over UDP one that no datagram can carry is too.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  readonly maxLineBytes: number;
  /**
   * First field of the header in place of the SYSTEM column.
   *
   * A string of 1 to 255 characters.
   */
  readonly system?: string | undefined;
  /**
   * HOSTNAME of syslog lines; this machine's name when left out.
   *
   * A string of 1 to 255 characters.
   */
  readonly hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical); by table and level when left out.
   *
   * A whole number from 0 to 4.
   */
  readonly criticality?: number | undefined;
  /**
   * Longest pause between two attempts to connect.
   *
   * Milliseconds: a whole number from 100 to 600000.
   *
   * @default 30000
   */
  readonly reconnectMaxMs: number;
  /**
   * Most memory for lines until they are written, then for what they were made of; at the limit reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  readonly maxBufferedBytes: number;
  /**
   * Most lines that are not yet confirmed; at the limit reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  readonly maxBufferedRecords: number;
  /**
   * Ship the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  readonly hostLogs: boolean;
  /**
   * Most bytes of host logs that wait; beyond it the newest are dropped and counted.
   *
   * Bytes: a whole number from 1024 to 1073741824.
   *
   * @default 8388608 (8 MiB)
   */
  readonly maxHostLogBytes: number;
}

/** A file that lines are appended to. */
export interface FileOutputSettings {
  /** A file that lines are appended to. */
  readonly type: 'file';
  /**
   * The file; it is created with mode 0600.
   *
   * A path.
   */
  readonly path: string;
  /**
   * Size that the file does not go beyond, but for a single longer line: it is rotated to `.1` first, that one to `.2`
   * and so on; 0 for never.
   *
   * Bytes: a whole number from 0 to 1099511627776.
   *
   * @default 0
   */
  readonly maxFileBytes: number;
  /**
   * How many rotated files are kept.
   *
   * A whole number from 1 to 1000.
   *
   * @default 5
   */
  readonly maxFiles: number;
  /**
   * Layout of a line.
   *
   * @default "snare"
   */
  readonly format: 'snare' | 'snare-tab' | 'raw' | 'syslog' | 'json';
  /**
   * Longest line; a longer one is a dead letter, and over UDP one that no datagram can carry is too.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  readonly maxLineBytes: number;
  /**
   * First field of the header in place of the SYSTEM column.
   *
   * A string of 1 to 255 characters.
   */
  readonly system?: string | undefined;
  /**
   * HOSTNAME of syslog lines; this machine's name when left out.
   *
   * A string of 1 to 255 characters.
   */
  readonly hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical); by table and level when left out.
   *
   * A whole number from 0 to 4.
   */
  readonly criticality?: number | undefined;
  /**
   * Most memory for lines until they are written, then for what they were made of; at the limit reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  readonly maxBufferedBytes: number;
  /**
   * Most lines that are not yet confirmed; at the limit reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  readonly maxBufferedRecords: number;
  /**
   * Ship the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  readonly hostLogs: boolean;
  /**
   * Most bytes of host logs that wait; beyond it the newest are dropped and counted.
   *
   * Bytes: a whole number from 1024 to 1073741824.
   *
   * @default 8388608 (8 MiB)
   */
  readonly maxHostLogBytes: number;
}

/** Standard output. */
export interface StdoutOutputSettings {
  /** Standard output. */
  readonly type: 'stdout';
  /**
   * Layout of a line.
   *
   * @default "snare"
   */
  readonly format: 'snare' | 'snare-tab' | 'raw' | 'syslog' | 'json';
  /**
   * Longest line; a longer one is a dead letter, and over UDP one that no datagram can carry is too.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  readonly maxLineBytes: number;
  /**
   * First field of the header in place of the SYSTEM column.
   *
   * A string of 1 to 255 characters.
   */
  readonly system?: string | undefined;
  /**
   * HOSTNAME of syslog lines; this machine's name when left out.
   *
   * A string of 1 to 255 characters.
   */
  readonly hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical); by table and level when left out.
   *
   * A whole number from 0 to 4.
   */
  readonly criticality?: number | undefined;
  /**
   * Most memory for lines until they are written, then for what they were made of; at the limit reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  readonly maxBufferedBytes: number;
  /**
   * Most lines that are not yet confirmed; at the limit reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  readonly maxBufferedRecords: number;
  /**
   * Ship the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  readonly hostLogs: boolean;
  /**
   * Most bytes of host logs that wait; beyond it the newest are dropped and counted.
   *
   * Bytes: a whole number from 1024 to 1073741824.
   *
   * @default 8388608 (8 MiB)
   */
  readonly maxHostLogBytes: number;
}

/** Where unreadable records are set aside. */
export interface DeadLetterSettings {
  /**
   * The file of records that could not be read, NDJSON, mode 0600.
   *
   * A path.
   *
   * @default "./kinesis-snare.dead-letter.ndjson"
   */
  readonly path: string;
  /**
   * Largest size of that file; a shard that would go beyond it waits. Told at four fifths.
   *
   * Bytes: a whole number from 1048576 to 1099511627776.
   *
   * @default 1073741824 (1024 MiB)
   */
  readonly maxBytes: number;
  /**
   * Part of that size for one log group, and for all records that name none; a shard that would go beyond it waits.
   *
   * Percent: a whole number from 1 to 100.
   *
   * @default 25
   */
  readonly maxLogGroupPercent: number;
  /**
   * Most bytes of dead letters of one log group in a minute; a shard that would go beyond it waits.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 67108864 (64 MiB)
   */
  readonly maxBytesPerMinute: number;
}
