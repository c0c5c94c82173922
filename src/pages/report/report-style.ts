/** One column of cards, like the status page; charts take their colours from here, so that they follow the light and the dark. */
export const STYLE = `:root {
  color-scheme: light dark;
  --ground: #f5f6f8; --card: #ffffff; --edge: #e3e7ec; --ink: #1c2530; --quiet: #5a6675; --link: #1f5fa8; --track: #e8ecf1;
  --good: #1a7a48; --watch: #8f5f00; --bad: #b3261e;
  --axis: #b9c3cf; --grid: #e8ecf1; --unknown: #eef0f3; --part: url(#part); --shade: #1c253026; --within: #2f6ea8; --target: #8f5f00;
  --served: #4a86bd; --missed: #e0745a;
  --median: #2f6ea8; --p90: #9a7bc0;
  --great: #4c9a76; --okay: #d9bd62; --poor: #d3705f;
  --contained: #4c9a8c; --handed: #a8b6c8;
  --task-1: #2f6ea8; --task-2: #c07a2c; --task-3: #4c9a8c; --task-4: #9a7bc0;
  --heat-1: #dcebf5; --heat-2: #b4d3e8; --heat-3: #f3d9a4; --heat-4: #eda96b; --heat-5: #d9694a; --heat-nobody: #8e2a3c; --heat-quiet: #f1f3f6; --heat-unknown: #ffffff;
  --heat-1-ink: #24415a; --heat-2-ink: #1b3850; --heat-3-ink: #4d3507; --heat-4-ink: #4a2406; --heat-5-ink: #2b0a02; --heat-nobody-ink: #ffffff; --heat-quiet-ink: #5a6675; --heat-unknown-ink: #5a6675;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f141a; --card: #171e27; --edge: #27313d; --ink: #e4e9f0; --quiet: #9ba8b8; --link: #85bdf5; --track: #27313d;
    --good: #5ccb93; --watch: #e5b54c; --bad: #ff9388;
    --axis: #465363; --grid: #232c37; --unknown: #1f2731; --part: url(#part); --shade: #000000b3; --within: #78b4e8; --target: #e5b54c;
    --served: #5b95c9; --missed: #e5806a;
    --median: #78b4e8; --p90: #b59add;
    --great: #57a884; --okay: #c9ad55; --poor: #d5786a;
    --contained: #57a899; --handed: #566679;
    --task-1: #78b4e8; --task-2: #dc9a50; --task-3: #57a899; --task-4: #b59add;
    --heat-1: #1d3346; --heat-2: #275474; --heat-3: #6d5526; --heat-4: #a3652c; --heat-5: #d0653f; --heat-nobody: #8f3350; --heat-quiet: #1b232d; --heat-unknown: #171e27;
    --heat-1-ink: #b9d4ea; --heat-2-ink: #d8e9f6; --heat-3-ink: #fbe9c4; --heat-4-ink: #fff3e6; --heat-5-ink: #1d0600; --heat-nobody-ink: #ffe3ea; --heat-quiet-ink: #9ba8b8; --heat-unknown-ink: #9ba8b8;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 1056px; margin: 0 auto; padding: 40px 24px 56px; display: grid; gap: 20px; grid-template-columns: minmax(0, 1fr); }
h1, h2, h3, p, ul { margin: 0; padding: 0; }
ul { list-style: none; }
header { padding: 0 4px 8px; }
h1 { font-size: clamp(26px, 4.2vw, 38px); line-height: 1.2; font-weight: 650; letter-spacing: -0.02em; text-wrap: balance; }
h2 { font-size: 19px; line-height: 1.35; font-weight: 620; letter-spacing: -0.01em; }
h3 { font-size: 15px; font-weight: 600; margin: 28px 0 6px; }
strong { font-weight: 620; }
code { font: 0.92em ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.brand, .facts, .quiet, .of { color: var(--quiet); }
.brand { font-size: 14px; margin-bottom: 8px; }
.facts { margin-top: 8px; }
.quiet { font-size: 14px; }
td .quiet, .few { color: var(--quiet); font-size: inherit; }
.card { background: var(--card); border: 1px solid var(--edge); border-radius: 16px; padding: 26px 28px 24px; min-width: 0; }
.lead { margin-top: 6px; max-width: 76ch; text-wrap: pretty; }
.lead + *, .card > h2 + * { margin-top: 18px; }
.card > h2 + .lead { margin-top: 6px; }
.card > p.quiet { margin-top: 12px; max-width: 80ch; }
.nothing { color: var(--quiet); padding: 20px 0 12px; }
.tiles { display: grid; gap: 1px; grid-template-columns: repeat(4, minmax(0, 1fr)); background: var(--edge); border: 1px solid var(--edge); border-radius: 16px; overflow: hidden; }
.tiles.six { grid-template-columns: repeat(3, minmax(0, 1fr)); }
.tile { background: var(--card); padding: 20px 24px 18px; }
.tile h2 { font-size: 14px; font-weight: 500; color: var(--quiet); letter-spacing: 0; }
.tile .value { font-size: 32px; line-height: 1.25; font-weight: 620; letter-spacing: -0.025em; font-variant-numeric: tabular-nums; margin: 2px 0; }
.tile .of, .tile .change { font-size: 13px; line-height: 1.45; }
.tile .change { margin-top: 8px; font-variant-numeric: tabular-nums; color: var(--quiet); }
.tile .change.better { color: var(--good); font-weight: 600; }
.tile .change.worse { color: var(--bad); font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; font-size: 13px; color: var(--quiet); margin-bottom: 10px; }
.legend li { display: flex; align-items: center; gap: 6px; }
.legend svg { flex: none; }
.legend rect { stroke: var(--axis); stroke-width: 0.5; }
.chart { font-variant-numeric: tabular-nums; }
.chart svg { display: none; width: 100%; height: auto; overflow: visible; }
.chart svg.wide { display: block; }
.mark:hover { opacity: 0.75; }
details { margin-top: 14px; }
summary { cursor: pointer; font-size: 14px; color: var(--link); width: fit-content; padding: 4px 0; }
.patterns { position: absolute; }
/* The covers move with the table, the shadows stay: so a shadow is seen where there is more of the table. */
.scroll { overflow-x: auto; margin-top: 8px; background: linear-gradient(to right, var(--card) 40%, transparent) left / 48px 100% local,
  linear-gradient(to left, var(--card) 40%, transparent) right / 48px 100% local, linear-gradient(to right, var(--shade), transparent) left / 16px 100%,
  linear-gradient(to left, var(--shade), transparent) right / 16px 100%; background-repeat: no-repeat; }
details .scroll { max-height: 420px; overflow-y: auto; }
table { border-collapse: collapse; font-size: 14px; line-height: 1.4; font-variant-numeric: tabular-nums; min-width: 100%; }
th, td { text-align: left; font-weight: 400; padding: 7px 0; border-bottom: 1px solid var(--edge); white-space: nowrap; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--quiet); font-size: 13px; vertical-align: bottom; }
.people thead th { white-space: normal; }
details thead th { position: sticky; top: 0; background: var(--card); box-shadow: inset 0 -1px var(--edge); }
tbody th { white-space: normal; min-width: 112px; overflow-wrap: anywhere; }
.people .unknown { display: block; }
.people th + th, .people td { padding-left: 14px; }
th + th, tr > td { padding-left: 22px; }
.number { text-align: right; }
.part { vertical-align: 0; margin-left: 8px; fill: var(--served); }
.part .whole { fill: var(--track); }
.notes { display: grid; gap: 8px; max-width: 84ch; }
.notes li { padding-left: 18px; position: relative; text-wrap: pretty; }
.notes li::before { content: ""; position: absolute; left: 2px; top: 0.66em; width: 5px; height: 5px; border-radius: 50%; background: var(--axis); }
.state::before { content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 50%; background: currentcolor; margin-right: 7px; }
.state.fresh { color: var(--good); }
.state.stale, .state.never { color: var(--bad); }
.state.stale::before, .state.never::before { border-radius: 1px; transform: rotate(45deg); }
footer { color: var(--quiet); font-size: 13px; padding: 4px; max-width: 84ch; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 3px; border-radius: 4px; }
@media (max-width: 920px) {
  .tiles, .tiles.six { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .chart svg.wide { display: none; }
  .chart svg.middle { display: block; }
}
@media (max-width: 600px) {
  main { padding: 24px 12px 40px; gap: 14px; }
  .card { padding: 20px 16px 18px; border-radius: 14px; }
  .tiles { border-radius: 14px; }
  .tile { padding: 16px 16px 14px; }
  .tile .value { font-size: 24px; }
  .unknown { display: block; }
  .chart svg.middle { display: none; }
  .chart svg.narrow { display: block; }
  th + th, tr > td { padding-left: 16px; }
  tr > th:first-child { position: sticky; left: 0; background: var(--card); max-width: 40vw; }
}
@media print {
  body { background: none; }
  main { padding: 0; }
  .card, .tiles { break-inside: avoid; border-radius: 0; }
  details:not([open]) { display: none; }
}
`;
