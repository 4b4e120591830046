/** The formats that AWS uses if a flow log names none. They are tried on every line, after those of the settings. */
import { type FlowLogFormat, toFormat } from '../flow-log-format.js';

/** Version 2, 14 fields: `2 123456789012 eni-... ACCEPT OK`. */
export const DEFAULT_FORMAT: FlowLogFormat = toFormat([
  ...['version', 'account-id', 'interface-id', 'srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol', 'packets'],
  ...['bytes', 'start', 'end', 'action', 'log-status'],
]);

/** Version 6, 36 fields: `6 TransitGateway 123456789012 ...`. */
export const TRANSIT_GATEWAY_FORMAT: FlowLogFormat = toFormat(
  [
    ...['version', 'resource-type', 'account-id', 'tgw-id', 'tgw-attachment-id', 'tgw-src-vpc-account-id'],
    ...['tgw-dst-vpc-account-id', 'tgw-src-vpc-id', 'tgw-dst-vpc-id', 'tgw-src-subnet-id', 'tgw-dst-subnet-id'],
    ...['tgw-src-eni', 'tgw-dst-eni', 'tgw-src-az-id', 'tgw-dst-az-id', 'tgw-pair-attachment-id', 'srcaddr'],
    ...['dstaddr', 'srcport', 'dstport', 'protocol', 'packets', 'bytes', 'start', 'end', 'log-status', 'type'],
    ...['packets-lost-no-route', 'packets-lost-blackhole', 'packets-lost-mtu-exceeded', 'packets-lost-ttl-expired'],
    ...['tcp-flags', 'region', 'flow-direction', 'pkt-src-aws-service', 'pkt-dst-aws-service'],
  ],
  // Only this distinguishes it from another log of 36 words: AWS writes TransitGateway or TransitGatewayAttachment.
  { index: 1, startsWith: 'TransitGateway' },
);
