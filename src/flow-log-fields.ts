/**
 * The fields of flow logs, as data. A field that AWS adds requires at most one new line here, since an unknown name is treated
 * as text. See https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html and, for version 6,
 * https://docs.aws.amazon.com/vpc/latest/tgw/tgw-flow-logs.html
 */

/** The form of a value. Every type also allows `-`: the log had no value. */
export type FieldType = 'integer' | 'address' | 'action' | 'log-status' | 'text';

export interface FlowLogField {
  /** As AWS writes it. */
  readonly name: string;
  /** The version of flow logs that introduced the field; undefined for a name that is not in the table. */
  readonly version: number | undefined;
  readonly type: FieldType;
}

/** The field with this name; a name that is not in the table is a text. */
export function toField(name: string): FlowLogField {
  return TABLE.get(name) ?? { name, version: undefined, type: 'text' };
}

export function isFieldName(name: string): boolean {
  return TABLE.has(name);
}

const NAMES: readonly (readonly [version: number, type: FieldType, names: string])[] = [
  [2, 'integer', 'version srcport dstport protocol packets bytes start end'],
  // An account is an integer that must keep its leading zeros, or the word `unknown`.
  [2, 'text', 'account-id interface-id'],
  [2, 'address', 'srcaddr dstaddr'],
  [2, 'action', 'action'],
  [2, 'log-status', 'log-status'],
  [3, 'text', 'vpc-id subnet-id instance-id type'],
  [3, 'integer', 'tcp-flags'],
  [3, 'address', 'pkt-srcaddr pkt-dstaddr'],
  [4, 'text', 'region az-id sublocation-type sublocation-id'],
  [5, 'text', 'pkt-src-aws-service pkt-dst-aws-service flow-direction'],
  [5, 'integer', 'traffic-path'],
  [6, 'text', 'resource-type tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id'],
  [6, 'text', 'tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni'],
  [6, 'text', 'tgw-src-az-id tgw-dst-az-id tgw-pair-attachment-id'],
  [6, 'integer', 'packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded packets-lost-ttl-expired'],
  [7, 'text', 'ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id'],
  [
    7,
    'text',
    'ecs-container-id ecs-second-container-id ecs-service-name ecs-task-definition-arn ecs-task-arn ecs-task-id',
  ],
  [8, 'text', 'reject-reason'],
  [9, 'text', 'resource-id'],
  [10, 'integer', 'encryption-status'],
  [11, 'text', 'instance-tag instance-tag-2 interface-tag interface-tag-2 asg-tag asg-tag-2 interface-type'],
  [11, 'text', 'next-hop-interface-id next-hop-subnet-id next-hop-az-id next-hop-vpc-id next-hop-interface-type'],
];

/** Every name that is in the table. */
export const fieldNames: readonly string[] = NAMES.flatMap(([, , names]) => names.split(' '));

const TABLE: ReadonlyMap<string, FlowLogField> = new Map(
  NAMES.flatMap(([version, type, names]) =>
    names.split(' ').map((name): [string, FlowLogField] => [name, { name, version, type }]),
  ),
);
