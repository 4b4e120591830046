/** Why promises are not met, as far as it is known, so that the report of a run never shows one without its reason. */
import type { Promised } from './must-show.js';

/** By a part of what is promised. */
const reasons: Readonly<Record<string, string>> = {
  '20 flows a record, beside': 'gunzip alone takes more than twice its time for these records.',
  'extractedFields in every event, beside': 'both ratios are nearly the same, and rounds differ by more.',
  'status page read every three, of without':
    'three programs share the processors, so a run takes more than twice its time alone, and the reads, which go by the ' +
    'clock, are more than twice as many for a flow log.',
  'in a fleet of':
    'the processes share two cores with the endpoint, the receiver and the table, so a single round says little; use ' +
    '--runs 3.',
  'Winston and the transform in sequence':
    'besides that work, a profile shows the writes to the socket (a seventh), the info of each flow log (a tenth) and ' +
    'garbage collection (a fourteenth).',
};

/** A machine with more other programs than this at the start of a run gives no reliable figures. */
const quietLoad = 1;

/** A list in Markdown, with an entry for each promise that is not met; empty if all are. */
export function formatReasons(promises: readonly Promised[], otherLoad: number): string {
  return promises
    .filter(({ isMet }) => !isMet)
    .map(({ what }) => `- **${what}**: ${reasonOf(what, otherLoad)}`)
    .join('\n');
}

function reasonOf(what: string, otherLoad: number): string {
  const known = Object.entries(reasons).find(([part]) => what.includes(part))?.[1];
  const load = `other programs used the machine (a load of ${otherLoad.toFixed(1)}), so the figure is not reliable.`;
  if (otherLoad > quietLoad) return known ? `${known} Besides, ${load}` : load;
  return known ?? 'the reason is not known.';
}
