/**
 * The formats that contain all fields up to a version, in the order in which AWS lists them. Lines of an unknown format are
 * compared with them.
 */
import { type FlowLogFormat, toFormat } from '../flow-log-format.js';
import { DEFAULT_FORMAT, TRANSIT_GATEWAY_FORMAT } from './default-formats.js';

const FIELDS_BY_VERSION: readonly string[] = [
  'vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr',
  'region az-id sublocation-type sublocation-id',
  'pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path',
  'ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id ecs-container-id ' +
    'ecs-second-container-id ecs-service-name ecs-task-definition-arn ecs-task-arn ecs-task-id',
  'reject-reason',
  'resource-id',
  'encryption-status',
  'instance-tag instance-tag-2 interface-tag interface-tag-2 asg-tag asg-tag-2 interface-type next-hop-interface-id ' +
    'next-hop-subnet-id next-hop-az-id next-hop-vpc-id next-hop-interface-type',
];

/** Each has a different number of fields. */
export const KNOWN_FORMATS: readonly FlowLogFormat[] = [...accumulate(), TRANSIT_GATEWAY_FORMAT];

function accumulate(): FlowLogFormat[] {
  const formats = [DEFAULT_FORMAT];
  let names = DEFAULT_FORMAT.fields.map(({ name }) => name);
  for (const added of FIELDS_BY_VERSION) {
    names = [...names, ...added.split(' ')];
    formats.push(toFormat(names));
  }
  return formats;
}
