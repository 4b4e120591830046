/** Why promises are not met, as far as it is known, so that the report of a run never shows one without its reason. */
import type { Promised } from './must-show.js';

/** By a part of what is promised. */
const reasons: Readonly<Record<string, string>> = {
  'extractedFields in every event':
    'events with these fields are twice as long, and gunzip alone takes twice as long for them. A ratio above 2 has ' +
    'another cause: the events go the general way.',
  'healGaps on': 'each event is also hashed, and looked up among half a million that were sent.',
  'Winston and the transform in sequence':
    'the plugin also creates the row of each info, and follows its confirmation through the logger.',
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
