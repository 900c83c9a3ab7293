// SPDX-License-Identifier: Apache-2.0
#include "converter/report/style.h"

namespace bulwark::converter::report {

// One colour per width: cold for wide, warm for narrow, red for float.
const char* const kStyleSheet = R"css(
:root { --page:#f5f6f8; --card:#fff; --ink:#1c2430; --dim:#667085; --line:#d8dde5; --edge:#98a2b3; --skip:#8b5cf6; }
@media (prefers-color-scheme: dark) {
  :root { --page:#12161c; --card:#1b212a; --ink:#e6eaf0; --dim:#98a2b3; --line:#303a47; --edge:#667085; --skip:#a78bfa; }
}
* { box-sizing:border-box; }
body { margin:0; background:var(--page); color:var(--ink); font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif; }
main { max-width:1500px; margin:0 auto; padding:28px 28px 60px; }
h1 { font-size:22px; margin:0 0 2px; overflow-wrap:anywhere; }
h2 { font-size:15px; margin:0 0 14px; }
.sub { color:var(--dim); margin:0 0 18px; overflow-wrap:anywhere; }
.exact, .float { display:inline-block; border-radius:99px; padding:1px 11px; font-size:12px; font-weight:600; color:#fff; vertical-align:3px; margin-left:8px; }
.exact { background:#0e9f6e; } .float { background:#e11d48; }
.cards { display:grid; grid-template-columns:repeat(auto-fit,minmax(165px,1fr)); gap:12px; margin-bottom:16px; }
.card, section { background:var(--card); border:1px solid var(--line); border-radius:10px; }
.card { padding:11px 15px; } .card b { display:block; font-size:20px; font-weight:650; } .card span { color:var(--dim); font-size:12.5px; }
section { padding:18px 20px; margin-bottom:16px; }
.split { display:grid; grid-template-columns:minmax(420px,auto) minmax(0,1fr); gap:16px; align-items:start; }
@media (max-width:1000px) { .split { grid-template-columns:minmax(0,1fr); } }
.canvas { overflow:auto; max-height:1600px; } .canvas svg { display:block; margin:0 auto; }
.b2 { --c:#f59e0b; } .b3 { --c:#ca8a04; } .b1 { --c:#ea580c; } .b4 { --c:#10a37f; } .b5 { --c:#0d9488; } .b6 { --c:#0891b2; } .b7 { --c:#0284c7; }
.b8 { --c:#3b74e8; } .b9 { --c:#7c3aed; } .bf { --c:#e11d48; } .bn { --c:#667085; }
.graph text { font-size:12px; fill:var(--ink); } .graph .name { font-weight:650; font-size:12.5px; } .graph .dim { fill:var(--dim); font-weight:400; font-size:11px; }
.graph .box { fill:var(--card); stroke:var(--line); stroke-width:1.2; } .graph .band { fill:var(--c); } .graph .plain .band { opacity:.45; }
.graph .badge { fill:var(--c); opacity:.16; } .graph .badge-text { fill:var(--c); font-size:10.5px; font-weight:650; }
.graph .node:hover .box { stroke:var(--c); stroke-width:2; }
.graph .boundary rect { fill:var(--ink); } .graph .boundary text { fill:var(--card); font-weight:600; } .graph .boundary .dim { fill:var(--line); } 
.graph .line { fill:none; stroke:var(--edge); stroke-width:1.6; } .graph .touch { fill:none; stroke:transparent; stroke-width:12; }
.graph .skip .line { stroke:var(--skip); stroke-width:2.2; } .graph .edge:hover .line { stroke-width:3.2; }
.graph marker path { fill:var(--edge); }
.chip { display:inline-block; border-radius:99px; padding:0 8px; font-size:11px; font-weight:650; color:var(--c); background:color-mix(in srgb,var(--c) 15%,transparent); white-space:nowrap; text-align:center; }
.legend { contain:inline-size; display:flex; flex-wrap:wrap; gap:6px 8px; margin:0 0 14px; align-items:center; color:var(--dim); font-size:12.5px; }
.bars { display:grid; grid-template-columns:minmax(90px,max-content) max-content minmax(60px,1fr) max-content minmax(60px,1fr) max-content; gap:7px 10px; align-items:center; font-size:13px; }
.bars b { color:var(--dim); font-size:12px; font-weight:600; } .bars .label { overflow:hidden; text-overflow:ellipsis; white-space:nowrap; }
.bar { background:color-mix(in srgb,var(--line) 45%,transparent); border-radius:4px; height:13px; overflow:hidden; }
.bar i { display:block; height:100%; min-width:1px; border-radius:4px; background:#3b74e8; } .bars .amount + .bar i { background:#10a37f; }
.amount { color:var(--dim); font-variant-numeric:tabular-nums; text-align:right; font-size:12.5px; }
.chart { max-width:100%; height:auto; } .chart text { font-size:12px; fill:var(--ink); } .chart .dim { fill:var(--dim); } .chart .grid line { stroke:var(--line); }
.scroll { overflow-x:auto; } table { border-collapse:collapse; width:100%; font-size:12.5px; } th { text-align:left; color:var(--dim); font-weight:600; white-space:nowrap; }
th, td { padding:5px 9px; border-bottom:1px solid var(--line); } tbody tr:hover { background:color-mix(in srgb,var(--line) 30%,transparent); }
td.n { text-align:right; font-variant-numeric:tabular-nums; white-space:nowrap; } td.name { font-weight:600; min-width:16ch; overflow-wrap:anywhere; } td.kernel { font-family:ui-monospace,"DejaVu Sans Mono",monospace; font-size:11px; color:var(--dim); }
.warn { color:#e11d48; font-weight:650; } dl { display:grid; grid-template-columns:max-content 1fr; gap:5px 18px; margin:0; } dt { color:var(--dim); } dd { margin:0; overflow-wrap:anywhere; }
)css";

}  // namespace bulwark::converter::report
