/** Judges whether the clock of this machine agrees with AWS time. */
import { count } from '../count.js';
import type { CheckResult } from './check-result.js';

const minuteMs = 60_000;

/** @param aheadMs how far the local clock is ahead of AWS; negative if it is behind @returns undefined if they agree */
export function judgeClock(aheadMs: number): (CheckResult & { readonly advice: string }) | undefined {
  if (Math.abs(aheadMs) < minuteMs) return undefined;
  const minutes = count(Math.round(Math.abs(aheadMs) / minuteMs), 'minute');
  const message = `The clock of this machine is off by ${minutes}: it is ${aheadMs < 0 ? 'behind' : 'ahead of'} that of AWS. This program uses the time of AWS`;
  const advice = 'set the clock, for example with NTP, for other programs and for logs';
  return { name: 'clock', status: 'warn', message, advice, details: { aheadMs: Math.round(aheadMs) } };
}
