/** Every setting, with what it means. Generated from the schema by `npm run generate`; do not edit. */

/** What a user may write: whatever has a default may be left out. */
export interface SettingsInput {
  /** Where flow logs come from. Without it, nothing is read. */
  input?: InputSettingsInput | undefined;
  /** Where Snare lines go. Without it, `register` adds no transport. */
  output?: OutputSettingsInput | undefined;
  /**
   * What happens to a message that fits no format: an `AWSGenericLog` row or a dead letter.
   *
   * @default "generic"
   */
  unparsed?: 'generic' | 'dead-letter' | undefined;
  /**
   * What happens to a record, or a part of one, that cannot be read or sent: a dead letter, or `AWSGenericLog` rows
   * with its bytes in base64. With `generic`, `unparsed` is `generic` too.
   *
   * @default "dead-letter"
   */
  unreadable?: 'dead-letter' | 'generic' | undefined;
  /** The file that keeps records that cannot be used. */
  deadLetter?: DeadLetterSettingsInput | undefined;
  /** Serves metrics, health and a status page over HTTP. Without it, no port is opened. */
  metrics?: MetricsSettingsInput | undefined;
  /**
   * Whether flow logs pass through the logger and its formats, or go straight to the output.
   *
   * @default "logger"
   */
  delivery?: 'logger' | 'direct' | undefined;
  /**
   * What the checkpoint waits for: the confirmation of every SnareTransport, or the hand-over to the logger.
   *
   * @default "confirmed"
   */
  acknowledge?: 'confirmed' | 'handed-over' | undefined;
  /**
   * Most memory for Kinesis records that wait to be processed. The shards share an eighth of it, so that each can
   * always read. Memory for a larger response is reserved before it is read.
   *
   * Bytes: a whole number from 10485760 to 1073741824.
   *
   * @default 20971520 (20 MiB)
   */
  maxReadBytes?: number | undefined;
  /**
   * Longest time for which a stop waits for confirmations.
   *
   * Milliseconds: a whole number from 0 to 600000.
   *
   * @default 25000
   */
  drainTimeoutMs?: number | undefined;
}

/** Where flow logs come from. Without it, nothing is read. */
export interface InputSettingsInput {
  /**
   * Name or ARN of the Kinesis data stream.
   *
   * A string that is not empty.
   */
  stream: string;
  /**
   * AWS region. Default: from the stream's ARN, or else from the AWS environment.
   *
   * A string that is not empty.
   */
  region?: string | undefined;
  /**
   * Address of the Kinesis API if it is not the default, such as a VPC endpoint or an emulator.
   *
   * An http or https URL.
   */
  endpoint?: string | undefined;
  /**
   * Names or ARNs of the CloudWatch Logs log groups whose flow logs the stream carries. A name has 1 to 512 letters,
   * digits, `_`, `-`, `/`, `.` or `#`.
   *
   * @default []
   */
  logGroups?: string[] | undefined;
  /**
   * AWS accounts whose log groups the stream carries, 12 digits each. Default: every account.
   *
   * @default []
   */
  accounts?: string[] | undefined;
  /**
   * What happens to log events that name a log group or account other than those in `logGroups` and `accounts`. Ignored
   * log events are counted.
   *
   * @default "accept"
   */
  otherLogGroups?: 'accept' | 'dead-letter' | 'ignore' | undefined;
  /**
   * Fetch the log events that AWS dropped from the stream before they were read, from `logGroups`, while the stream is
   * read.
   *
   * @default false
   */
  healGaps?: boolean | undefined;
  /**
   * Address of the CloudWatch Logs API if it is not the default, such as a VPC endpoint or an emulator.
   *
   * An http or https URL.
   */
  logsEndpoint?: string | undefined;
  /**
   * Address of the EC2 API if it is not the default; used by `formats` with `auto`.
   *
   * An http or https URL.
   */
  ec2Endpoint?: string | undefined;
  /**
   * Where to begin if no checkpoint exists: `latest`, `earliest` or an RFC 3339 time. If the time is in the future,
   * reading starts then.
   *
   * @default "latest"
   */
  startAt?: string | undefined;
  /**
   * Read by enhanced fan-out: AWS sends each shard over its own connection, with 2 MB a second that other readers do
   * not share. AWS charges for it. Default: the shards are polled.
   */
  fanOut?: FanOutSettingsInput | undefined;
  /**
   * Formats of the flow logs, tried in order before the default formats of AWS. `auto`, alone or in a list, looks up
   * the formats of each log group.
   *
   * @default []
   */
  formats?: string | (string | FormatSettingsInput)[] | undefined;
  /** A role to assume with the credentials of the environment. */
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
   * Days for which the ledger beside the checkpoint file keeps hourly counts, for `reconcile`. 0: no counts are kept.
   *
   * A whole number from 0 to 400.
   *
   * @default 14
   */
  ledgerDays?: number | undefined;
  /**
   * Largest size of one Kinesis record after gunzip. A larger one is a dead letter.
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
   * Longest pause between two reads of a shard that has no more records.
   *
   * Milliseconds: a whole number from 200 to 60000.
   *
   * @default 1000
   */
  idleDelayMs?: number | undefined;
  /**
   * What to do if the stream was deleted and created again: stop, or rename the checkpoint and start as if there were
   * none.
   *
   * @default "fail"
   */
  onStreamRecreated?: 'fail' | 'reset' | undefined;
  /**
   * What to do after a report that AWS dropped records before they were read: continue, or stop.
   *
   * @default "continue"
   */
  onDataLoss?: 'continue' | 'fail' | undefined;
  /**
   * HTTP or HTTPS proxy for requests to AWS, such as `http://proxy.example.com:3128`; may contain a user and a
   * password.
   *
   * An http or https URL. Secret: never shown.
   */
  proxy?: string | undefined;
  /**
   * Attempts to process a record that causes an error, before it becomes a dead letter.
   *
   * A whole number from 1 to 1000.
   *
   * @default 5
   */
  maxAttempts?: number | undefined;
  /**
   * Time without a response, or without an acknowledgement while some are due, after which a shard is reported as
   * stalled.
   *
   * Milliseconds: a whole number from 1000 to 86400000.
   *
   * @default 300000
   */
  stallLimitMs?: number | undefined;
  /**
   * Time between two requests for the list of shards.
   *
   * Milliseconds: a whole number from 1000 to 3600000.
   *
   * @default 60000
   */
  shardSyncMs?: number | undefined;
}

/**
 * Read by enhanced fan-out: AWS sends each shard over its own connection, with 2 MB a second that other readers do not
 * share. AWS charges for it. Default: the shards are polled.
 */
export interface FanOutSettingsInput {
  /**
   * Name of the registered consumer; `setup` registers it. No other program may use it.
   *
   * A string that is not empty.
   */
  consumer: string;
}

/**
 * Formats of the flow logs, tried in order before the default formats of AWS. `auto`, alone or in a list, looks up the
 * formats of each log group.
 */
export interface FormatSettingsInput {
  /**
   * Glob for the log groups of the rule. Default: every log group.
   *
   * A string of 1 to 1024 characters.
   */
  logGroup?: string | undefined;
  /**
   * Glob for the log streams of the rule. Default: every log stream.
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

/** A role to assume with the credentials of the environment. */
export interface AssumeRoleSettingsInput {
  /**
   * ARN of the role to assume for reading the stream.
   *
   * A string that is not empty.
   */
  arn: string;
  /**
   * External id that the role requires.
   *
   * A string that is not empty. Secret: never shown.
   */
  externalId?: string | undefined;
}

/** Where positions are kept. */
export type CheckpointSettingsInput =
  | FileCheckpointSettingsInput
  | MemoryCheckpointSettingsInput
  | DynamodbCheckpointSettingsInput;

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

/** Keep the positions in memory until the process ends; for trials. */
export interface MemoryCheckpointSettingsInput {
  /** Keep the positions in memory until the process ends; for trials. */
  type: 'memory';
}

/** Share the shards with other processes, by leases in a DynamoDB table in the shape of KCL. */
export interface DynamodbCheckpointSettingsInput {
  /** Share the shards with other processes, by leases in a DynamoDB table in the shape of KCL. */
  type: 'dynamodb';
  /**
   * Name of the table, one for each stream. Created at the first start if it does not exist.
   *
   * A string that is not empty.
   */
  table: string;
  /**
   * Address of the DynamoDB API if it is not the default, such as a VPC endpoint or an emulator.
   *
   * An http or https URL.
   */
  endpoint?: string | undefined;
  /**
   * Prefix of the local files of this process: its lock, and the gaps that it has to fetch. Each process on a machine
   * requires its own.
   *
   * A path.
   *
   * @default "./kinesis-snare.worker"
   */
  path?: string | undefined;
  /**
   * Time without a renewed lease after which other processes take over. The same for the whole fleet; with KCL, its
   * `failoverTimeMillis`.
   *
   * Milliseconds: a whole number from 3000 to 300000.
   *
   * @default 10000
   */
  leaseMs?: number | undefined;
  /**
   * Name of this process in the table; a random suffix makes it unique. Default: the host name.
   *
   * A string of 1 to 200 characters.
   */
  workerId?: string | undefined;
}

/** Where Snare lines go. Without it, `register` adds no transport. */
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
   * Longest line. A longer one is a dead letter; over UDP, so is one that does not fit a datagram.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  maxLineBytes?: number | undefined;
  /**
   * First field of the header. Default: the column SYSTEM.
   *
   * A string of 1 to 255 characters.
   */
  system?: string | undefined;
  /**
   * HOSTNAME of syslog lines. Default: the name of this machine.
   *
   * A string of 1 to 255 characters.
   */
  hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical). Default: by table and level.
   *
   * A whole number from 0 to 4.
   */
  criticality?: number | undefined;
  /**
   * How lines are separated: a line feed after each, or its length in bytes before each (RFC 6587).
   *
   * @default "lf"
   */
  framing?: 'lf' | 'octet-counting' | undefined;
  /**
   * What confirms a line: with `closed`, the receiver closes the connection after the plugin does; with `written`, the
   * operating system accepts the line.
   *
   * @default "closed"
   */
  confirm?: 'closed' | 'written' | undefined;
  /**
   * Longest time for the receiver to close a connection, and to read half a megabyte of lines.
   *
   * Milliseconds: a whole number from 100 to 600000.
   *
   * @default 10000
   */
  confirmTimeoutMs?: number | undefined;
  /**
   * A line is confirmed when a later connection, at least this long afterwards, has ended normally too.
   *
   * Milliseconds: a whole number from 0 to 60000.
   *
   * @default 500
   */
  confirmHoldMs?: number | undefined;
  /**
   * Longest time for which lines are sent over one connection.
   *
   * Milliseconds: a whole number from 50 to 600000.
   *
   * @default 1000
   */
  rotateMs?: number | undefined;
  /**
   * Most bytes that are sent over one connection.
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
   * Most memory for lines that are not yet written, and for the source data of lines that are not yet confirmed. At the
   * limit, reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  maxBufferedBytes?: number | undefined;
  /**
   * Most lines that are not yet confirmed. At the limit, reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  maxBufferedRecords?: number | undefined;
  /**
   * Send the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  hostLogs?: boolean | undefined;
  /**
   * Most bytes of host logs that wait to be sent. Beyond this limit the newest are dropped and counted.
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
   * Longest line. A longer one is a dead letter; over UDP, so is one that does not fit a datagram.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  maxLineBytes?: number | undefined;
  /**
   * First field of the header. Default: the column SYSTEM.
   *
   * A string of 1 to 255 characters.
   */
  system?: string | undefined;
  /**
   * HOSTNAME of syslog lines. Default: the name of this machine.
   *
   * A string of 1 to 255 characters.
   */
  hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical). Default: by table and level.
   *
   * A whole number from 0 to 4.
   */
  criticality?: number | undefined;
  /** Certificates; files are read again for every connection. */
  tls?: TlsSettingsInput | undefined;
  /**
   * How lines are separated: a line feed after each, or its length in bytes before each (RFC 6587).
   *
   * @default "lf"
   */
  framing?: 'lf' | 'octet-counting' | undefined;
  /**
   * What confirms a line: with `closed`, the receiver closes the connection after the plugin does; with `written`, the
   * operating system accepts the line.
   *
   * @default "closed"
   */
  confirm?: 'closed' | 'written' | undefined;
  /**
   * Longest time for the receiver to close a connection, and to read half a megabyte of lines.
   *
   * Milliseconds: a whole number from 100 to 600000.
   *
   * @default 10000
   */
  confirmTimeoutMs?: number | undefined;
  /**
   * A line is confirmed when a later connection, at least this long afterwards, has ended normally too.
   *
   * Milliseconds: a whole number from 0 to 60000.
   *
   * @default 500
   */
  confirmHoldMs?: number | undefined;
  /**
   * Longest time for which lines are sent over one connection.
   *
   * Milliseconds: a whole number from 50 to 600000.
   *
   * @default 1000
   */
  rotateMs?: number | undefined;
  /**
   * Most bytes that are sent over one connection.
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
   * Most memory for lines that are not yet written, and for the source data of lines that are not yet confirmed. At the
   * limit, reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  maxBufferedBytes?: number | undefined;
  /**
   * Most lines that are not yet confirmed. At the limit, reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  maxBufferedRecords?: number | undefined;
  /**
   * Send the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  hostLogs?: boolean | undefined;
  /**
   * Most bytes of host logs that wait to be sent. Beyond this limit the newest are dropped and counted.
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
   * Certificates to trust, PEM. Default: those of Node.
   *
   * A path.
   */
  ca?: string | undefined;
  /**
   * The client's certificate, PEM, if the receiver requires one.
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
   * Name in the receiver's certificate. Default: the host.
   *
   * A string that is not empty.
   */
  serverName?: string | undefined;
  /**
   * Whether the receiver's certificate has to be valid. `any` accepts every certificate, and is reported.
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

/** UDP, one line in each datagram. Confirms only that a line was sent. */
export interface UdpOutputSettingsInput {
  /** UDP, one line in each datagram. Confirms only that a line was sent. */
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
   * Longest line. A longer one is a dead letter; over UDP, so is one that does not fit a datagram.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  maxLineBytes?: number | undefined;
  /**
   * First field of the header. Default: the column SYSTEM.
   *
   * A string of 1 to 255 characters.
   */
  system?: string | undefined;
  /**
   * HOSTNAME of syslog lines. Default: the name of this machine.
   *
   * A string of 1 to 255 characters.
   */
  hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical). Default: by table and level.
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
   * Most memory for lines that are not yet written, and for the source data of lines that are not yet confirmed. At the
   * limit, reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  maxBufferedBytes?: number | undefined;
  /**
   * Most lines that are not yet confirmed. At the limit, reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  maxBufferedRecords?: number | undefined;
  /**
   * Send the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  hostLogs?: boolean | undefined;
  /**
   * Most bytes of host logs that wait to be sent. Beyond this limit the newest are dropped and counted.
   *
   * Bytes: a whole number from 1024 to 1073741824.
   *
   * @default 8388608 (8 MiB)
   */
  maxHostLogBytes?: number | undefined;
}

/** A file to which lines are appended. */
export interface FileOutputSettingsInput {
  /** A file to which lines are appended. */
  type: 'file';
  /**
   * The file; it is created with mode 0600.
   *
   * A path.
   */
  path: string;
  /**
   * Largest size of the file, unless a single line is longer. When it is reached, the file is renamed to `.1`, the
   * previous `.1` to `.2`, and so on. 0: no limit.
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
   * Longest line. A longer one is a dead letter; over UDP, so is one that does not fit a datagram.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  maxLineBytes?: number | undefined;
  /**
   * First field of the header. Default: the column SYSTEM.
   *
   * A string of 1 to 255 characters.
   */
  system?: string | undefined;
  /**
   * HOSTNAME of syslog lines. Default: the name of this machine.
   *
   * A string of 1 to 255 characters.
   */
  hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical). Default: by table and level.
   *
   * A whole number from 0 to 4.
   */
  criticality?: number | undefined;
  /**
   * Most memory for lines that are not yet written, and for the source data of lines that are not yet confirmed. At the
   * limit, reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  maxBufferedBytes?: number | undefined;
  /**
   * Most lines that are not yet confirmed. At the limit, reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  maxBufferedRecords?: number | undefined;
  /**
   * Send the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  hostLogs?: boolean | undefined;
  /**
   * Most bytes of host logs that wait to be sent. Beyond this limit the newest are dropped and counted.
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
   * Longest line. A longer one is a dead letter; over UDP, so is one that does not fit a datagram.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  maxLineBytes?: number | undefined;
  /**
   * First field of the header. Default: the column SYSTEM.
   *
   * A string of 1 to 255 characters.
   */
  system?: string | undefined;
  /**
   * HOSTNAME of syslog lines. Default: the name of this machine.
   *
   * A string of 1 to 255 characters.
   */
  hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical). Default: by table and level.
   *
   * A whole number from 0 to 4.
   */
  criticality?: number | undefined;
  /**
   * Most memory for lines that are not yet written, and for the source data of lines that are not yet confirmed. At the
   * limit, reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  maxBufferedBytes?: number | undefined;
  /**
   * Most lines that are not yet confirmed. At the limit, reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  maxBufferedRecords?: number | undefined;
  /**
   * Send the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  hostLogs?: boolean | undefined;
  /**
   * Most bytes of host logs that wait to be sent. Beyond this limit the newest are dropped and counted.
   *
   * Bytes: a whole number from 1024 to 1073741824.
   *
   * @default 8388608 (8 MiB)
   */
  maxHostLogBytes?: number | undefined;
}

/** The file that keeps records that cannot be used. */
export interface DeadLetterSettingsInput {
  /**
   * The dead-letter file: NDJSON, mode 0600.
   *
   * A path.
   *
   * @default "./kinesis-snare.dead-letter.ndjson"
   */
  path?: string | undefined;
  /**
   * Largest size of the dead-letter file. A shard that would exceed it waits. A fault reports a file that is 80 % full.
   *
   * Bytes: a whole number from 1048576 to 1099511627776.
   *
   * @default 1073741824 (1024 MiB)
   */
  maxBytes?: number | undefined;
  /**
   * Share of `maxBytes` for one log group, and for all records without a log group, in percent. A shard that would
   * exceed it waits.
   *
   * Percent: a whole number from 1 to 100.
   *
   * @default 25
   */
  maxLogGroupPercent?: number | undefined;
  /**
   * Most bytes of dead letters of one log group in a minute. A shard that would exceed it waits.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 67108864 (64 MiB)
   */
  maxBytesPerMinute?: number | undefined;
}

/** Serves metrics, health and a status page over HTTP. Without it, no port is opened. */
export interface MetricsSettingsInput {
  /**
   * Name or address to listen on. An address that other machines can reach requires `allowRemote`.
   *
   * A string that is not empty.
   *
   * @default "127.0.0.1"
   */
  host?: string | undefined;
  /**
   * Port to listen on. 0: any free port.
   *
   * A whole number from 0 to 65535.
   *
   * @default 9464
   */
  port?: number | undefined;
  /**
   * Lets other machines read the metrics and the status page, which have no password.
   *
   * @default false
   */
  allowRemote?: boolean | undefined;
  /**
   * Longest time that a line may wait for its confirmation before `/readyz` reports it.
   *
   * Milliseconds: a whole number from 1000 to 86400000.
   *
   * @default 120000
   */
  confirmLimitMs?: number | undefined;
}

/** The settings with every default filled in. */
export interface Settings {
  /** Where flow logs come from. Without it, nothing is read. */
  readonly input?: InputSettings | undefined;
  /** Where Snare lines go. Without it, `register` adds no transport. */
  readonly output?: OutputSettings | undefined;
  /**
   * What happens to a message that fits no format: an `AWSGenericLog` row or a dead letter.
   *
   * @default "generic"
   */
  readonly unparsed: 'generic' | 'dead-letter';
  /**
   * What happens to a record, or a part of one, that cannot be read or sent: a dead letter, or `AWSGenericLog` rows
   * with its bytes in base64. With `generic`, `unparsed` is `generic` too.
   *
   * @default "dead-letter"
   */
  readonly unreadable: 'dead-letter' | 'generic';
  /** The file that keeps records that cannot be used. */
  readonly deadLetter: DeadLetterSettings;
  /** Serves metrics, health and a status page over HTTP. Without it, no port is opened. */
  readonly metrics?: MetricsSettings | undefined;
  /**
   * Whether flow logs pass through the logger and its formats, or go straight to the output.
   *
   * @default "logger"
   */
  readonly delivery: 'logger' | 'direct';
  /**
   * What the checkpoint waits for: the confirmation of every SnareTransport, or the hand-over to the logger.
   *
   * @default "confirmed"
   */
  readonly acknowledge: 'confirmed' | 'handed-over';
  /**
   * Most memory for Kinesis records that wait to be processed. The shards share an eighth of it, so that each can
   * always read. Memory for a larger response is reserved before it is read.
   *
   * Bytes: a whole number from 10485760 to 1073741824.
   *
   * @default 20971520 (20 MiB)
   */
  readonly maxReadBytes: number;
  /**
   * Longest time for which a stop waits for confirmations.
   *
   * Milliseconds: a whole number from 0 to 600000.
   *
   * @default 25000
   */
  readonly drainTimeoutMs: number;
}

/** Where flow logs come from. Without it, nothing is read. */
export interface InputSettings {
  /**
   * Name or ARN of the Kinesis data stream.
   *
   * A string that is not empty.
   */
  readonly stream: string;
  /**
   * AWS region. Default: from the stream's ARN, or else from the AWS environment.
   *
   * A string that is not empty.
   */
  readonly region?: string | undefined;
  /**
   * Address of the Kinesis API if it is not the default, such as a VPC endpoint or an emulator.
   *
   * An http or https URL.
   */
  readonly endpoint?: string | undefined;
  /**
   * Names or ARNs of the CloudWatch Logs log groups whose flow logs the stream carries. A name has 1 to 512 letters,
   * digits, `_`, `-`, `/`, `.` or `#`.
   *
   * @default []
   */
  readonly logGroups: readonly string[];
  /**
   * AWS accounts whose log groups the stream carries, 12 digits each. Default: every account.
   *
   * @default []
   */
  readonly accounts: readonly string[];
  /**
   * What happens to log events that name a log group or account other than those in `logGroups` and `accounts`. Ignored
   * log events are counted.
   *
   * @default "accept"
   */
  readonly otherLogGroups: 'accept' | 'dead-letter' | 'ignore';
  /**
   * Fetch the log events that AWS dropped from the stream before they were read, from `logGroups`, while the stream is
   * read.
   *
   * @default false
   */
  readonly healGaps: boolean;
  /**
   * Address of the CloudWatch Logs API if it is not the default, such as a VPC endpoint or an emulator.
   *
   * An http or https URL.
   */
  readonly logsEndpoint?: string | undefined;
  /**
   * Address of the EC2 API if it is not the default; used by `formats` with `auto`.
   *
   * An http or https URL.
   */
  readonly ec2Endpoint?: string | undefined;
  /**
   * Where to begin if no checkpoint exists: `latest`, `earliest` or an RFC 3339 time. If the time is in the future,
   * reading starts then.
   *
   * @default "latest"
   */
  readonly startAt: string;
  /**
   * Read by enhanced fan-out: AWS sends each shard over its own connection, with 2 MB a second that other readers do
   * not share. AWS charges for it. Default: the shards are polled.
   */
  readonly fanOut?: FanOutSettings | undefined;
  /**
   * Formats of the flow logs, tried in order before the default formats of AWS. `auto`, alone or in a list, looks up
   * the formats of each log group.
   *
   * @default []
   */
  readonly formats: string | readonly (string | FormatSettings)[];
  /** A role to assume with the credentials of the environment. */
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
   * Days for which the ledger beside the checkpoint file keeps hourly counts, for `reconcile`. 0: no counts are kept.
   *
   * A whole number from 0 to 400.
   *
   * @default 14
   */
  readonly ledgerDays: number;
  /**
   * Largest size of one Kinesis record after gunzip. A larger one is a dead letter.
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
   * Longest pause between two reads of a shard that has no more records.
   *
   * Milliseconds: a whole number from 200 to 60000.
   *
   * @default 1000
   */
  readonly idleDelayMs: number;
  /**
   * What to do if the stream was deleted and created again: stop, or rename the checkpoint and start as if there were
   * none.
   *
   * @default "fail"
   */
  readonly onStreamRecreated: 'fail' | 'reset';
  /**
   * What to do after a report that AWS dropped records before they were read: continue, or stop.
   *
   * @default "continue"
   */
  readonly onDataLoss: 'continue' | 'fail';
  /**
   * HTTP or HTTPS proxy for requests to AWS, such as `http://proxy.example.com:3128`; may contain a user and a
   * password.
   *
   * An http or https URL. Secret: never shown.
   */
  readonly proxy?: string | undefined;
  /**
   * Attempts to process a record that causes an error, before it becomes a dead letter.
   *
   * A whole number from 1 to 1000.
   *
   * @default 5
   */
  readonly maxAttempts: number;
  /**
   * Time without a response, or without an acknowledgement while some are due, after which a shard is reported as
   * stalled.
   *
   * Milliseconds: a whole number from 1000 to 86400000.
   *
   * @default 300000
   */
  readonly stallLimitMs: number;
  /**
   * Time between two requests for the list of shards.
   *
   * Milliseconds: a whole number from 1000 to 3600000.
   *
   * @default 60000
   */
  readonly shardSyncMs: number;
}

/**
 * Read by enhanced fan-out: AWS sends each shard over its own connection, with 2 MB a second that other readers do not
 * share. AWS charges for it. Default: the shards are polled.
 */
export interface FanOutSettings {
  /**
   * Name of the registered consumer; `setup` registers it. No other program may use it.
   *
   * A string that is not empty.
   */
  readonly consumer: string;
}

/**
 * Formats of the flow logs, tried in order before the default formats of AWS. `auto`, alone or in a list, looks up the
 * formats of each log group.
 */
export interface FormatSettings {
  /**
   * Glob for the log groups of the rule. Default: every log group.
   *
   * A string of 1 to 1024 characters.
   */
  readonly logGroup?: string | undefined;
  /**
   * Glob for the log streams of the rule. Default: every log stream.
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

/** A role to assume with the credentials of the environment. */
export interface AssumeRoleSettings {
  /**
   * ARN of the role to assume for reading the stream.
   *
   * A string that is not empty.
   */
  readonly arn: string;
  /**
   * External id that the role requires.
   *
   * A string that is not empty. Secret: never shown.
   */
  readonly externalId?: string | undefined;
}

/** Where positions are kept. */
export type CheckpointSettings = FileCheckpointSettings | MemoryCheckpointSettings | DynamodbCheckpointSettings;

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

/** Keep the positions in memory until the process ends; for trials. */
export interface MemoryCheckpointSettings {
  /** Keep the positions in memory until the process ends; for trials. */
  readonly type: 'memory';
}

/** Share the shards with other processes, by leases in a DynamoDB table in the shape of KCL. */
export interface DynamodbCheckpointSettings {
  /** Share the shards with other processes, by leases in a DynamoDB table in the shape of KCL. */
  readonly type: 'dynamodb';
  /**
   * Name of the table, one for each stream. Created at the first start if it does not exist.
   *
   * A string that is not empty.
   */
  readonly table: string;
  /**
   * Address of the DynamoDB API if it is not the default, such as a VPC endpoint or an emulator.
   *
   * An http or https URL.
   */
  readonly endpoint?: string | undefined;
  /**
   * Prefix of the local files of this process: its lock, and the gaps that it has to fetch. Each process on a machine
   * requires its own.
   *
   * A path.
   *
   * @default "./kinesis-snare.worker"
   */
  readonly path: string;
  /**
   * Time without a renewed lease after which other processes take over. The same for the whole fleet; with KCL, its
   * `failoverTimeMillis`.
   *
   * Milliseconds: a whole number from 3000 to 300000.
   *
   * @default 10000
   */
  readonly leaseMs: number;
  /**
   * Name of this process in the table; a random suffix makes it unique. Default: the host name.
   *
   * A string of 1 to 200 characters.
   */
  readonly workerId?: string | undefined;
}

/** Where Snare lines go. Without it, `register` adds no transport. */
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
   * Longest line. A longer one is a dead letter; over UDP, so is one that does not fit a datagram.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  readonly maxLineBytes: number;
  /**
   * First field of the header. Default: the column SYSTEM.
   *
   * A string of 1 to 255 characters.
   */
  readonly system?: string | undefined;
  /**
   * HOSTNAME of syslog lines. Default: the name of this machine.
   *
   * A string of 1 to 255 characters.
   */
  readonly hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical). Default: by table and level.
   *
   * A whole number from 0 to 4.
   */
  readonly criticality?: number | undefined;
  /**
   * How lines are separated: a line feed after each, or its length in bytes before each (RFC 6587).
   *
   * @default "lf"
   */
  readonly framing: 'lf' | 'octet-counting';
  /**
   * What confirms a line: with `closed`, the receiver closes the connection after the plugin does; with `written`, the
   * operating system accepts the line.
   *
   * @default "closed"
   */
  readonly confirm: 'closed' | 'written';
  /**
   * Longest time for the receiver to close a connection, and to read half a megabyte of lines.
   *
   * Milliseconds: a whole number from 100 to 600000.
   *
   * @default 10000
   */
  readonly confirmTimeoutMs: number;
  /**
   * A line is confirmed when a later connection, at least this long afterwards, has ended normally too.
   *
   * Milliseconds: a whole number from 0 to 60000.
   *
   * @default 500
   */
  readonly confirmHoldMs: number;
  /**
   * Longest time for which lines are sent over one connection.
   *
   * Milliseconds: a whole number from 50 to 600000.
   *
   * @default 1000
   */
  readonly rotateMs: number;
  /**
   * Most bytes that are sent over one connection.
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
   * Most memory for lines that are not yet written, and for the source data of lines that are not yet confirmed. At the
   * limit, reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  readonly maxBufferedBytes: number;
  /**
   * Most lines that are not yet confirmed. At the limit, reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  readonly maxBufferedRecords: number;
  /**
   * Send the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  readonly hostLogs: boolean;
  /**
   * Most bytes of host logs that wait to be sent. Beyond this limit the newest are dropped and counted.
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
   * Longest line. A longer one is a dead letter; over UDP, so is one that does not fit a datagram.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  readonly maxLineBytes: number;
  /**
   * First field of the header. Default: the column SYSTEM.
   *
   * A string of 1 to 255 characters.
   */
  readonly system?: string | undefined;
  /**
   * HOSTNAME of syslog lines. Default: the name of this machine.
   *
   * A string of 1 to 255 characters.
   */
  readonly hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical). Default: by table and level.
   *
   * A whole number from 0 to 4.
   */
  readonly criticality?: number | undefined;
  /** Certificates; files are read again for every connection. */
  readonly tls: TlsSettings;
  /**
   * How lines are separated: a line feed after each, or its length in bytes before each (RFC 6587).
   *
   * @default "lf"
   */
  readonly framing: 'lf' | 'octet-counting';
  /**
   * What confirms a line: with `closed`, the receiver closes the connection after the plugin does; with `written`, the
   * operating system accepts the line.
   *
   * @default "closed"
   */
  readonly confirm: 'closed' | 'written';
  /**
   * Longest time for the receiver to close a connection, and to read half a megabyte of lines.
   *
   * Milliseconds: a whole number from 100 to 600000.
   *
   * @default 10000
   */
  readonly confirmTimeoutMs: number;
  /**
   * A line is confirmed when a later connection, at least this long afterwards, has ended normally too.
   *
   * Milliseconds: a whole number from 0 to 60000.
   *
   * @default 500
   */
  readonly confirmHoldMs: number;
  /**
   * Longest time for which lines are sent over one connection.
   *
   * Milliseconds: a whole number from 50 to 600000.
   *
   * @default 1000
   */
  readonly rotateMs: number;
  /**
   * Most bytes that are sent over one connection.
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
   * Most memory for lines that are not yet written, and for the source data of lines that are not yet confirmed. At the
   * limit, reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  readonly maxBufferedBytes: number;
  /**
   * Most lines that are not yet confirmed. At the limit, reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  readonly maxBufferedRecords: number;
  /**
   * Send the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  readonly hostLogs: boolean;
  /**
   * Most bytes of host logs that wait to be sent. Beyond this limit the newest are dropped and counted.
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
   * Certificates to trust, PEM. Default: those of Node.
   *
   * A path.
   */
  readonly ca?: string | undefined;
  /**
   * The client's certificate, PEM, if the receiver requires one.
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
   * Name in the receiver's certificate. Default: the host.
   *
   * A string that is not empty.
   */
  readonly serverName?: string | undefined;
  /**
   * Whether the receiver's certificate has to be valid. `any` accepts every certificate, and is reported.
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

/** UDP, one line in each datagram. Confirms only that a line was sent. */
export interface UdpOutputSettings {
  /** UDP, one line in each datagram. Confirms only that a line was sent. */
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
   * Longest line. A longer one is a dead letter; over UDP, so is one that does not fit a datagram.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  readonly maxLineBytes: number;
  /**
   * First field of the header. Default: the column SYSTEM.
   *
   * A string of 1 to 255 characters.
   */
  readonly system?: string | undefined;
  /**
   * HOSTNAME of syslog lines. Default: the name of this machine.
   *
   * A string of 1 to 255 characters.
   */
  readonly hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical). Default: by table and level.
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
   * Most memory for lines that are not yet written, and for the source data of lines that are not yet confirmed. At the
   * limit, reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  readonly maxBufferedBytes: number;
  /**
   * Most lines that are not yet confirmed. At the limit, reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  readonly maxBufferedRecords: number;
  /**
   * Send the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  readonly hostLogs: boolean;
  /**
   * Most bytes of host logs that wait to be sent. Beyond this limit the newest are dropped and counted.
   *
   * Bytes: a whole number from 1024 to 1073741824.
   *
   * @default 8388608 (8 MiB)
   */
  readonly maxHostLogBytes: number;
}

/** A file to which lines are appended. */
export interface FileOutputSettings {
  /** A file to which lines are appended. */
  readonly type: 'file';
  /**
   * The file; it is created with mode 0600.
   *
   * A path.
   */
  readonly path: string;
  /**
   * Largest size of the file, unless a single line is longer. When it is reached, the file is renamed to `.1`, the
   * previous `.1` to `.2`, and so on. 0: no limit.
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
   * Longest line. A longer one is a dead letter; over UDP, so is one that does not fit a datagram.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  readonly maxLineBytes: number;
  /**
   * First field of the header. Default: the column SYSTEM.
   *
   * A string of 1 to 255 characters.
   */
  readonly system?: string | undefined;
  /**
   * HOSTNAME of syslog lines. Default: the name of this machine.
   *
   * A string of 1 to 255 characters.
   */
  readonly hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical). Default: by table and level.
   *
   * A whole number from 0 to 4.
   */
  readonly criticality?: number | undefined;
  /**
   * Most memory for lines that are not yet written, and for the source data of lines that are not yet confirmed. At the
   * limit, reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  readonly maxBufferedBytes: number;
  /**
   * Most lines that are not yet confirmed. At the limit, reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  readonly maxBufferedRecords: number;
  /**
   * Send the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  readonly hostLogs: boolean;
  /**
   * Most bytes of host logs that wait to be sent. Beyond this limit the newest are dropped and counted.
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
   * Longest line. A longer one is a dead letter; over UDP, so is one that does not fit a datagram.
   *
   * Bytes: a whole number from 480 to 67108864.
   *
   * @default 4194304 (4 MiB)
   */
  readonly maxLineBytes: number;
  /**
   * First field of the header. Default: the column SYSTEM.
   *
   * A string of 1 to 255 characters.
   */
  readonly system?: string | undefined;
  /**
   * HOSTNAME of syslog lines. Default: the name of this machine.
   *
   * A string of 1 to 255 characters.
   */
  readonly hostname?: string | undefined;
  /**
   * Criticality of every line, 0 (clear) to 4 (critical). Default: by table and level.
   *
   * A whole number from 0 to 4.
   */
  readonly criticality?: number | undefined;
  /**
   * Most memory for lines that are not yet written, and for the source data of lines that are not yet confirmed. At the
   * limit, reading stops.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 33554432 (32 MiB)
   */
  readonly maxBufferedBytes: number;
  /**
   * Most lines that are not yet confirmed. At the limit, reading stops.
   *
   * A whole number from 1 to 10000000.
   *
   * @default 2000000
   */
  readonly maxBufferedRecords: number;
  /**
   * Send the host app's own logs too, as `GenericLog` rows.
   *
   * @default true
   */
  readonly hostLogs: boolean;
  /**
   * Most bytes of host logs that wait to be sent. Beyond this limit the newest are dropped and counted.
   *
   * Bytes: a whole number from 1024 to 1073741824.
   *
   * @default 8388608 (8 MiB)
   */
  readonly maxHostLogBytes: number;
}

/** The file that keeps records that cannot be used. */
export interface DeadLetterSettings {
  /**
   * The dead-letter file: NDJSON, mode 0600.
   *
   * A path.
   *
   * @default "./kinesis-snare.dead-letter.ndjson"
   */
  readonly path: string;
  /**
   * Largest size of the dead-letter file. A shard that would exceed it waits. A fault reports a file that is 80 % full.
   *
   * Bytes: a whole number from 1048576 to 1099511627776.
   *
   * @default 1073741824 (1024 MiB)
   */
  readonly maxBytes: number;
  /**
   * Share of `maxBytes` for one log group, and for all records without a log group, in percent. A shard that would
   * exceed it waits.
   *
   * Percent: a whole number from 1 to 100.
   *
   * @default 25
   */
  readonly maxLogGroupPercent: number;
  /**
   * Most bytes of dead letters of one log group in a minute. A shard that would exceed it waits.
   *
   * Bytes: a whole number from 1048576 to 1073741824.
   *
   * @default 67108864 (64 MiB)
   */
  readonly maxBytesPerMinute: number;
}

/** Serves metrics, health and a status page over HTTP. Without it, no port is opened. */
export interface MetricsSettings {
  /**
   * Name or address to listen on. An address that other machines can reach requires `allowRemote`.
   *
   * A string that is not empty.
   *
   * @default "127.0.0.1"
   */
  readonly host: string;
  /**
   * Port to listen on. 0: any free port.
   *
   * A whole number from 0 to 65535.
   *
   * @default 9464
   */
  readonly port: number;
  /**
   * Lets other machines read the metrics and the status page, which have no password.
   *
   * @default false
   */
  readonly allowRemote: boolean;
  /**
   * Longest time that a line may wait for its confirmation before `/readyz` reports it.
   *
   * Milliseconds: a whole number from 1000 to 86400000.
   *
   * @default 120000
   */
  readonly confirmLimitMs: number;
}
