"""Style and script of a report. The page is complete without the script: it only lets one player
play at a time and moves a line over its spectrogram."""

STYLE = """
:root {
  color-scheme: light dark;
  --ground: #fbfbfa; --card: #ffffff; --ink: #1c1e21; --muted: #62676e; --line: #e1e3e6;
  --good: #14713d; --part: #8a5a00; --poor: #b3261e; --accent: #3d4ed8;
  --series-0: #2b62d1; --series-1: #d9590b; --series-2: #128261; --series-3: #a32a86;
  --series-4: #8b7000; --series-5: #6b4bd0; --series-6: #087e92; --series-7: #c02650;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #131417; --card: #1b1d21; --ink: #e7e8ea; --muted: #9ba1a9; --line: #30343a;
    --good: #63cf8f; --part: #e3ae4f; --poor: #ff8d84; --accent: #98a5ff;
    --series-0: #7ba5ff; --series-1: #ff9d5c; --series-2: #4fcfa5; --series-3: #ec86d2;
    --series-4: #d8bf4a; --series-5: #b29cff; --series-6: #4ecbdf; --series-7: #ff86a4;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 64px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.015em; }
h2 { font-size: 21px; line-height: 1.25; margin: 56px 0 6px; letter-spacing: -0.01em; }
h3 { font-size: 16px; margin: 28px 0 10px; color: var(--ink); }
h4 { font-size: 14px; margin: 0; overflow-wrap: anywhere; }
p { margin: 0 0 12px; max-width: 76ch; }
.about, .lead, figcaption, .hint, footer p { color: var(--muted); }
.eyebrow { font-size: 13px; font-weight: 600; margin: 0 0 4px; color: var(--accent); }
nav { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 0 0 24px; font-size: 14px; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
code, pre { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
pre { margin: 8px 0; padding: 12px; overflow-x: auto; border: 1px solid var(--line);
  border-radius: 8px; background: var(--card); color: var(--ink); }
figure { margin: 0; min-width: 0; }
figcaption { font-size: 13px; line-height: 1.45; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.findings { padding: 20px 24px; }
.findings > p { font-size: 18px; line-height: 1.45; max-width: none; margin: 0; }
.findings ul { list-style: none; margin: 16px 0 0; padding: 0; display: grid; gap: 18px 36px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); }
.findings li { padding-top: 12px; border-top: 1px solid var(--line); font-size: 15px; }
.findings li p { margin: 2px 0 0; }
.findings > .hint { font-size: 13px; margin-top: 16px; }
.name { font-weight: 650; overflow-wrap: anywhere; }
.mark { font-size: 13px; font-weight: 600; white-space: nowrap; margin-left: 8px; }
.good { color: var(--good); } .part { color: var(--part); } .poor { color: var(--poor); }
.scroll { overflow-x: auto; width: fit-content; max-width: 100%; }
table { border-collapse: collapse; font-size: 14px; }
th, td { padding: 7px 14px; text-align: right; vertical-align: top; white-space: nowrap; }
th:first-child { text-align: left; font-weight: 400; white-space: normal; min-width: 15em;
  max-width: 34em; }
thead th + th, thead td + th { min-width: 118px; }
thead th { font-weight: 650; vertical-align: bottom; }
thead th, thead td { border-bottom: 1px solid var(--line); }
tbody tr:first-child th { font-weight: 650; padding-top: 16px; }
tbody + tbody tr:first-child th { border-top: 1px solid var(--line); }
td { font-variant-numeric: tabular-nums; }
td i { display: inline-block; width: 1.3em; font-style: normal; font-weight: 700;
  text-align: right; }
.hint { display: block; font-size: 12.5px; font-weight: 400; line-height: 1.35; }
.bar { display: block; position: relative; height: 3px; width: 74px; margin: 3px 0 0 auto;
  border-radius: 2px; background: var(--line); }
.bar::before { content: ""; position: absolute; inset: 0 auto 0 0; width: var(--value);
  border-radius: 2px; background: currentColor; opacity: 0.75; }
.bar::after { content: ""; position: absolute; top: -2px; bottom: -2px; left: var(--guess);
  width: 1.5px; background: var(--ink); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 10px 0; padding: 0;
  list-style: none; font-size: 13px; overflow-wrap: anywhere; }
.legend svg { width: 14px; height: 14px; vertical-align: -2px; margin-right: 6px; }
.plots + .hint { margin-top: 10px; max-width: none; font-size: 13px; }
.plots { display: grid; gap: 16px; grid-template-columns: repeat(2, minmax(0, 1fr)); }
.planes { display: grid; gap: 16px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 255px), 1fr)); }
.planes:has(> :nth-child(-n+3):last-child) {
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); }
.plots figure, .planes figure { padding: 14px 16px; }
.plots svg, .planes svg { display: block; width: 100%; height: auto; margin: 6px 0; }
svg text { font-family: inherit !important; }
.title { display: block; font-size: 14px; font-weight: 650; color: var(--ink); }
.swap { padding: 18px 20px 20px; margin-top: 18px; }
.swap > h3 { margin: 0 0 2px; }
.swap > p { font-size: 14px; margin-bottom: 8px; }
.row { display: grid; gap: 14px; grid-template-columns: repeat(4, minmax(0, 1fr));
  padding-top: 12px; }
.row + .row { margin-top: 16px; border-top: 1px solid var(--line); }
.row h4 { grid-column: 1 / -1; }
.row .text h3 { margin: 0 0 4px; }
.row .text { grid-column: span 2; font-size: 14px; color: var(--muted); }
.row h4 small { font-weight: 400; font-size: 13px; color: var(--muted); margin-left: 8px; }
.clip figcaption { min-height: 3em; color: var(--muted); }
.clip figcaption b { display: block; color: var(--ink); font-weight: 600; }
.picture { position: relative; line-height: 0; border-radius: 6px; overflow: hidden; }
.picture img { width: 100%; aspect-ratio: 2 / 1; }
.picture span { position: absolute; color: #fff; font-size: 9px; line-height: 1;
  padding: 2px 3px; border-radius: 3px; background: #0009; pointer-events: none; }
.picture .hz { left: 3px; transform: translateY(50%); }
.picture .s { bottom: 3px; transform: translateX(-50%); }
.picture .head { display: none; top: 0; bottom: 0; width: 2px; padding: 0; background: #fff; }
audio { display: block; width: 100%; height: 34px; margin-top: 6px; }
.scale { display: flex; align-items: center; gap: 8px; font-size: 13px; color: var(--muted); }
.scale span { width: 150px; height: 10px; border-radius: 5px; }
footer { font-size: 14px; } footer p { max-width: none; }
details { margin: 10px 0; } summary { cursor: pointer; color: var(--accent); }
@media (max-width: 760px) {
  main { padding: 24px 14px 48px; }
  h1 { font-size: 25px; }
  .plots { grid-template-columns: minmax(0, 1fr); }
  .row { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 14px 10px; }
  .swap, .findings { padding: 14px; }
  .picture .s { display: none; }
  th, td { padding: 7px 8px; } th:first-child { min-width: 10.5em; }
}
@media print {
  .swap, .plots figure, .planes figure { break-inside: avoid; }
  audio { display: none; }
}
"""

SCRIPT = """
const players = [...document.querySelectorAll("audio")];
for (const player of players) {
  const head = player.closest("figure").querySelector(".head") ?? document.createElement("i");
  const follow = () => {
    head.style.left = 100 * player.currentTime / (player.duration || 1) + "%";
    if (!player.paused) requestAnimationFrame(follow);
  };
  player.addEventListener("play", () => {
    for (const other of players) if (other !== player) other.pause();
    head.style.display = "block";
    follow();
  });
  for (const stop of ["pause", "ended"])
    player.addEventListener(stop, () => { head.style.display = "none"; });
}
"""
