/** Calm: one column of cards, one tone per state, in the light and the dark. Contrasts are those of WCAG AA. */
export const STYLE = `:root {
  color-scheme: light dark;
  --ground: #f5f6f8; --card: #ffffff; --edge: #e3e7ec; --ink: #1c2530; --quiet: #5a6675; --track: #e8ecf1;
  --good: #1a7a48; --watch: #8f5f00; --bad: #b3261e; --busy: #1f5fa8;
  --good-soft: #9fd3b7; --watch-fill: #d99a1c; --bad-fill: #d9544a; --busy-fill: #4a8fd9; --rows: #3f7fb8; --requests: #a9b8c9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f141a; --card: #171e27; --edge: #27313d; --ink: #e4e9f0; --quiet: #9ba8b8; --track: #27313d;
    --good: #5ccb93; --watch: #e5b54c; --bad: #ff9388; --busy: #85bdf5;
    --good-soft: #2f6b4b; --watch-fill: #c88f22; --bad-fill: #d9544a; --busy-fill: #4a8fd9; --rows: #5b9bd5; --requests: #55647a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 20px 48px; display: grid; gap: 16px; grid-template-columns: minmax(0, 1fr); }
h1, h2, h3, p, ul { margin: 0; padding: 0; }
ul { list-style: none; }
h2 { font-size: 15px; font-weight: 600; margin-bottom: 14px; }
h3 { font-size: 15px; font-weight: 600; }
a { color: var(--busy); }
code { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; background: var(--track); padding: 2px 6px; border-radius: 5px; overflow-wrap: anywhere; }
:focus-visible { outline: 2px solid var(--busy); outline-offset: 2px; border-radius: 4px; }
.quiet { color: var(--quiet); font-size: 14px; }
.whole { white-space: nowrap; }
.top { padding: 4px 4px 8px; }
.brand { color: var(--quiet); font-size: 14px; margin-bottom: 10px; }
.headline { font-size: clamp(26px, 4.5vw, 36px); line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; display: flex; align-items: center; gap: 14px; }
.headline::before { content: ""; flex: none; width: 14px; height: 14px; border-radius: 50%; background: currentcolor; box-shadow: 0 0 0 5px color-mix(in srgb, currentcolor 18%, transparent); margin-left: 5px; }
.headline.good::before { color: var(--good); }
.headline.watch::before { color: var(--watch-fill); border-radius: 3px; }
.headline.bad::before { color: var(--bad-fill); border-radius: 3px; transform: rotate(45deg); }
.headline.busy::before { color: var(--busy-fill); }
.facts { color: var(--quiet); margin-top: 8px; }
.card { background: var(--card); border: 1px solid var(--edge); border-radius: 14px; padding: 20px; min-width: 0; }
.pair { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 360px), 1fr)); }
.advice { display: grid; gap: 16px; }
.advice li { border-left: 3px solid var(--watch-fill); padding-left: 14px; overflow-wrap: anywhere; }
.advice li.bad { border-color: var(--bad-fill); }
.advice h3 { margin-bottom: 2px; }
.advice p { color: var(--quiet); font-size: 15px; max-width: 75ch; }
.advice code { color: var(--ink); display: inline-block; margin-top: 8px; padding: 4px 10px; }
.resources { margin-top: 18px; display: grid; gap: 20px 24px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 210px), 1fr)); }
.resources li { display: grid; grid-template-columns: 1fr auto; align-items: baseline; align-content: start; gap: 2px 10px; }
.resources h3::first-letter { text-transform: capitalize; }
.resources .state { font-size: 13px; font-weight: 600; display: flex; align-items: center; gap: 6px; white-space: nowrap; }
.resources .state::before { content: ""; width: 8px; height: 8px; border-radius: 50%; background: currentcolor; }
.resources .fresh .state { color: var(--good); }
.resources .stale .state { color: var(--bad); }
.resources .stale .state::before { border-radius: 1px; transform: rotate(45deg); }
.resources .never .state { color: var(--quiet); }
.resources .never .state::before { background: none; border: 1.5px solid currentcolor; }
.resources .number { grid-column: 1 / -1; font-size: 22px; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; letter-spacing: -0.01em; }
.resources .number span { font-size: 14px; font-weight: 400; color: var(--quiet); letter-spacing: 0; }
.resources .quiet { grid-column: 1 / -1; }
.bar { display: block; margin: 6px 0; }
.track { fill: var(--track); }
.bar.good .fill { fill: var(--good); }
.bar.watch .fill { fill: var(--watch-fill); }
.bar.busy .fill { fill: var(--busy-fill); }
.bar + p { margin-top: 10px; }
.waiting { font-weight: 600; }
.budget { display: grid; gap: 14px; margin-bottom: 14px; }
.budget li > p:first-child, .listing li > p:first-child { display: flex; justify-content: space-between; gap: 12px; flex-wrap: wrap; overflow-wrap: anywhere; }
.budget li > p:first-child span:first-child { text-transform: capitalize; }
.amount { color: var(--quiet); font-variant-numeric: tabular-nums; }
.listing { display: grid; gap: 14px; margin: 14px 0; }
.listing li { font-size: 15px; overflow-wrap: anywhere; }
.doubts { margin: 8px 0 20px; }
.doubts:last-child { margin-bottom: 0; }
.doubts li { border-left: 3px solid var(--edge); padding-left: 14px; max-width: 80ch; }
.doubts.loss li { border-color: var(--watch-fill); }
.doubts .time { white-space: nowrap; }
.listing.doubts li > p:first-child { display: block; }
.chart { display: block; width: 100%; height: 132px; margin: 10px 0; }
.chart line { stroke: var(--edge); stroke-width: 1; }
.hit { fill: transparent; }
g:hover > .hit { fill: var(--track); }
.rows { fill: var(--rows); }
.requests { fill: var(--requests); }
.running .rows { fill: var(--busy-fill); }
.incomplete .rows { fill: var(--watch-fill); }
.partial .rows { fill: var(--watch-fill); stroke: var(--watch); stroke-width: 2; stroke-dasharray: 3 2; }
.failed .rows, .failed .requests { fill: var(--bad-fill); }
.interrupted .rows { fill: var(--card); stroke: var(--quiet); stroke-width: 2; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 14px; margin-bottom: 14px; }
.legend .key { margin-right: 5px; vertical-align: -1px; }
details { margin-top: 10px; }
summary { cursor: pointer; font-size: 14px; color: var(--busy); width: fit-content; padding: 4px 0; }
.wide { overflow-x: auto; margin-top: 8px; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; white-space: nowrap; min-width: 100%; }
th, td { text-align: left; padding: 6px 14px 6px 0; border-bottom: 1px solid var(--edge); font-weight: 400; }
thead th { color: var(--quiet); font-size: 13px; }
td.number, th:nth-child(n+6) { text-align: right; }
td.failed { color: var(--bad); } td.partial, td.incomplete { color: var(--watch); } td.running { color: var(--busy); }
.error td { white-space: normal; color: var(--quiet); overflow-wrap: anywhere; }
.months { display: grid; gap: 18px 22px; grid-template-columns: repeat(auto-fill, minmax(100px, 1fr)); }
.months p { font-size: 13px; color: var(--quiet); margin-bottom: 4px; }
.months svg { display: block; }
.key { flex: none; overflow: visible; }
.verified { fill: var(--good); }
.complete { fill: var(--good-soft); }
.partial { fill: var(--track); }
.partial-half { fill: var(--watch-fill); }
.missing { fill: none; stroke: var(--quiet); stroke-width: 1.5; }
.day:hover { opacity: 0.7; }
footer { color: var(--quiet); font-size: 13px; padding: 4px; }
.lost { position: sticky; top: 0; margin: 0; padding: 10px 20px; background: #b3261e; color: #fff; text-align: center; z-index: 1; }
.lost[hidden] { display: none; }
@media (max-width: 480px) {
  main { padding: 20px 12px 32px; gap: 12px; }
  .card { padding: 16px; border-radius: 12px; }
  .resources { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 18px 16px; }
}
@media (forced-colors: active) {
  .bar .fill, .rows, .verified, .partial-half { fill: CanvasText; }
  .track, .complete, .requests { fill: GrayText; }
}
@media (prefers-reduced-motion: no-preference) {
  .headline.busy::before { animation: breathe 2.4s ease-in-out infinite; }
  @keyframes breathe { 50% { opacity: 0.45; } }
}
`;

export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1f5fa8"/><path d="M8 10h16v10H15l-5 4v-4H8z" fill="#fff"/></svg>`;
