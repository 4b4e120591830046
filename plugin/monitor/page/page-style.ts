/** The style of the status page, dark or light as the system is, and for a phone. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --back: #f6f7f9; --card: #fff; --text: #1c2430; --soft: #5a6676; --line: #d8dde5;
  --accent: #1f5fbf; --good: #1a7f4b; --warn: #9a5b00; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #12161c; --card: #1b212a; --text: #e6eaf0; --soft: #9aa6b5; --line: #303947;
    --accent: #7db0ff; --good: #5fd39a; --warn: #f0b658; --bad: #ff8a80;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--back); color: var(--text);
  font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.25rem; margin: 0; }
h2 { font-size: 1rem; margin: 0 0 .5rem; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; }
header p, footer p { margin: 0; color: var(--soft); }
.badge { font-weight: 600; padding: .1rem .6rem; border: 2px solid; border-radius: 1rem; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
section, details { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .9rem; margin-top: 1rem; }
summary { font-weight: 600; cursor: pointer; }
.path { display: flex; align-items: stretch; gap: .5rem; list-style: none; margin: 0; padding: 0; }
.path li { flex: 1 1 0; min-width: 0; border: 1px solid var(--line); border-radius: .5rem; padding: .7rem; overflow-wrap: anywhere; }
.path li + li { position: relative; margin-left: 1.4rem; }
.path li + li::before { content: "\\2192"; position: absolute; left: -1.65rem; top: 50%; translate: 0 -50%; font-size: 1.4rem; color: var(--soft); }
.path strong { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.path span { display: block; color: var(--soft); }
.plots { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1rem; }
figure { margin: 0; min-width: 0; }
figcaption { color: var(--soft); font-variant-numeric: tabular-nums; }
figcaption b { color: var(--text); }
svg { display: block; width: 100%; height: 6rem; border-bottom: 1px solid var(--line); }
polyline { fill: none; stroke: var(--accent); stroke-width: 2; vector-effect: non-scaling-stroke; }
polygon { fill: var(--accent); opacity: .15; }
.scroll { overflow: auto; max-height: 24rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .2rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: top; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
thead th { color: var(--soft); font-weight: 500; position: sticky; top: 0; background: var(--card); }
.events th, .events td { text-align: left; } .events td:last-child { white-space: normal; overflow-wrap: anywhere; width: 100%; }
pre { overflow: auto; margin: .6rem 0 0; font-size: 13px; }
footer { margin-top: 1rem; display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
@media (max-width: 44rem) {
  .path { flex-direction: column; gap: 1.4rem; } .path li + li { margin-left: 0; }
  .path li + li::before { content: "\\2193"; left: 50%; top: -.75rem; translate: -50% -50%; }
  .plots { grid-template-columns: 1fr; }
  .events thead { display: none; }
  .events tr { display: block; border-bottom: 1px solid var(--line); padding: .3rem 0; }
  .events td { border: 0; padding: 0 .6rem 0 0; }
  .events td:last-child { display: block; }
}
`;
