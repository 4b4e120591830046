/**
 * Which log events of a stream are accepted, by the account and the log group in their payload. Any sender to the stream can
 * put any names there, so this does not prove where events come from.
 */
import { toLogGroupName } from '../aws/arn.js';
import type { EnvelopeSource } from '../envelope.js';
import type { InputSettings } from '../settings/settings.js';

export type FilterSettings = Pick<InputSettings, 'logGroups' | 'accounts' | 'otherLogGroups'>;
type Place = Pick<EnvelopeSource, 'owner' | 'logGroup'>;

export interface LogGroupFilter {
  readonly others: 'dead-letter' | 'ignore';
  accepts(place: Place): boolean;
  /** Reports the first few places that are not accepted, once each. */
  report(place: Place): void;
}

/** Most names to report, since senders can make them up. */
const maxReported = 10;

/** Undefined if all are accepted. */
export function createLogGroupFilter(
  { logGroups, accounts, otherLogGroups }: FilterSettings,
  onAdvice: (message: string) => void,
): LogGroupFilter | undefined {
  if (otherLogGroups === 'accept') return undefined;
  const [names, owners] = [new Set(logGroups.map(toLogGroupName)), new Set(accounts)];
  const reported = new Set<string>();
  return {
    others: otherLogGroups,
    accepts: ({ owner, logGroup }) =>
      (names.size === 0 || names.has(logGroup)) && (owners.size === 0 || owners.has(owner)),
    report({ owner, logGroup }) {
      if (reported.size >= maxReported) return;
      const what = otherLogGroups === 'ignore' ? 'ignored' : 'dead letters';
      const message = `The stream carries log events of log group "${logGroup}", account "${owner}", which input.logGroups and input.accounts do not name; they are ${what} (input.otherLogGroups)`;
      if (!reported.has(message)) onAdvice(message);
      reported.add(message);
    },
  };
}
