# SPDX-License-Identifier: Apache-2.0
"""The report as Markdown and as one page without scripts."""
import statistics
from html import escape

from report_claims import DEFENSIVE, Group, claims, mean
from report_stages import RADII
from svg import bar_chart, line_chart

ATTACKS = {"fgsm": "FGSM", "r+fgsm": "R+FGSM", "pgd": "PGD", "apgd-ce": "APGD, cross entropy", "apgd-dlr": "APGD, logits ratio",
           "square": "Square", "transfer": "transfer", "union": "worst of all"}
RECIPES = ("float", "plain", *DEFENSIVE)
BITS = ("w2a2", "w3a3", "w4a4", "w8a8", "float")
STYLE = """:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:0;background:Canvas;color:CanvasText}main{max-width:1000px;
margin:auto;padding:24px}h1{font-size:26px}h2{font-size:20px;margin-top:36px}h3{font-size:16px}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:3px 9px;text-align:right;border-bottom:1px solid #8884}th:first-child,td:first-child{text-align:left}.scroll{overflow-x:auto}
svg{max-width:100%;height:auto;font-size:12px}svg text{fill:CanvasText}.grid{stroke:#8885}.no{color:#c2410c}.yes{color:#15803d}li{margin:3px 0}.sub{opacity:.75}"""


def _order(group):
    return (RECIPES.index(group.recipe) if group.recipe in RECIPES else 99, group.recipe, -BITS.index(group.bits) if group.bits in BITS else 9)


def groups_of(measured):
    """{data set: [Group]}."""
    found = {}
    for entry, result in measured:
        found.setdefault(entry.data, {}).setdefault(entry.name, []).append((entry, result))
    return {data: sorted((Group(name, *map(list, zip(*pairs))) for name, pairs in names.items()), key=_order) for data, names in sorted(found.items())}


def cell(values, scale=100, digits=1):
    """The mean, and the standard deviation of more than one seed."""
    if not values:
        return "-"
    values = [scale * value for value in values]
    spread = f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{mean(values):.{digits}f}{spread}"


def tables(data, groups):
    """[(title, sentence, head, rows)]."""
    out = [("Accuracy", "Percent; clean on all test pictures, the others on the pictures under attack.",
            ["network", "seeds", "clean", *ATTACKS.values(), "no gradient"],
            [[g.name, str(g.seeds), cell(g.values("clean", "clean")), *(cell(g.values("accuracy", name)) for name in ATTACKS),
              cell(g.values("gradients", "zero_gradients"))] for g in groups])]
    sweeps = [g for g in groups if g.values("gradients", "sweep")]
    if sweeps:
        sizes = sorted({int(eps) for g in sweeps for some in g.values("gradients", "sweep") for eps in some})
        out.append(("PGD against eps", "Percent right of the first 200 pictures.", ["network", *map(str, sizes)],
                    [[g.name, *(cell(g.values("gradients", "sweep", str(eps))) for eps in sizes)] for g in sweeps]))
    proved = [g for g in groups if any(levels.get("1", [0])[0] > 0 for levels in g.values("clean", "certified"))]
    if proved:
        others = [g.name for g in groups if g not in proved and g.bits != "float"]
        at = lambda g, eps, which: [levels[str(eps)][which] for levels in g.values("clean", "certified") if str(eps) in levels]
        out.append(("Certified", "Percent of all test pictures: certified and right at each eps, and certified at all at 8."
                    + (f" Of {', '.join(others)} nothing is certified at any of these eps." if others else ""),
                    ["network", "clean", *map(str, RADII), "certified at 8"],
                    [[g.name, cell(g.values("clean", "clean")), *(cell(at(g, eps, 0)) for eps in RADII), cell(at(g, 8, 1))] for g in proved]))
    moved = [g for g in groups if g.deviation()]
    if moved:
        out.append(("Error amplification", "Relative deviation of each layer's output, FGSM against clean; the paper's first figure as numbers.",
                    ["network", "input", "first layer", "last hidden layer", "logits", "logits / input"],
                    [[g.name, *(cell([layers[i][1] for layers in g.values("amplification", "layers")], 1, 3) for i in (0, 1, -2, -1)),
                      cell([layers[-1][1] / layers[0][1] for layers in g.values("amplification", "layers")], 1, 1)] for g in moved]))
    return out


def charts(groups):
    """[(title, svg)]."""
    places, out = [bits for bits in BITS if any(g.bits == bits for g in groups)], []
    for name in ("union", "pgd", "clean"):
        series = {}
        for g in groups:
            values = [100 * value for value in (g.values("clean", "clean") if name == "clean" else g.values("accuracy", name))]
            if values and g.bits in places:
                series.setdefault(g.recipe, []).append((places.index(g.bits), mean(values), min(values), max(values)))
        if series:
            title = {"union": "Accuracy under the worst attack of each picture", "pgd": "Accuracy under PGD", "clean": "Clean accuracy"}[name]
            out.append((title + " against bits", line_chart({k: sorted(v) for k, v in series.items()}, places, "bits of weights and activations", "right, %")))
    bars = {g.name: {title: mean(g.values("accuracy", name)) for name, title in ATTACKS.items() if g.values("accuracy", name)} for g in groups}
    bars = {name: values for name, values in bars.items() if values}
    if bars:
        out.append(("Each attack", bar_chart(bars, list(ATTACKS.values()))))
    curves = {}
    for g in groups:
        levels = g.values("clean", "certified")
        if any(level.get("1", [0])[0] > 0 for level in levels):
            per_radius = [[100 * value for value in g.values("clean", "clean")]] + [[100 * level[str(eps)][0] for level in levels] for eps in RADII]
            curves[g.name] = [(i, mean(values), min(values), max(values)) for i, values in enumerate(per_radius)]
    if curves:
        out.append(("Certified and right against eps", line_chart(curves, ["0", *map(str, RADII)], "eps, in levels of 1/255", "certified and right, %")))
    shape = next((len(layers) for g in groups for layers in g.values("amplification", "layers")), 0)
    lines = {}
    for g in groups:
        seeds = [layers for layers in g.values("amplification", "layers") if len(layers) == shape]
        if seeds:
            columns = [[layers[i][1] for layers in seeds] for i in range(shape)]
            lines[g.name] = [(i, mean(values), min(values), max(values)) for i, values in enumerate(columns)]
            names = [name for name, _ in seeds[0]]
    if lines:
        out.append(("Error amplification, layer by layer", line_chart(lines, names, "layer", "relative deviation, attacked against clean")))
    return out


def introduction(options):
    return (f"Attacks at eps {options.eps}/255 on the first {options.samples} test pictures, every candidate rounded to uint8 and judged by the integer "
            f"runtime (float networks: by PyTorch). PGD 20 steps, APGD 50 steps for each of two losses, Square {options.queries} queries; gradients from the "
            "twin network, rounding passed straight through. Transfer: the worst pictures for the float network and for the other widths of the recipe (for "
            "the float network: of the plain ones). A dash: not measured. With more than one seed: mean ± standard deviation.")


def markdown(measured, options):
    out = ["# What the training recipes give", "", "Made by `examples/training/report.py`; the page with plots is what it writes with `--html`.", "",
           introduction(options)]
    for data, groups in groups_of(measured).items():
        out += ["", f"## {data}"]
        for title, sentence, head, rows in tables(data, groups):
            out += ["", f"### {title}", "", sentence, "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(row) + " |" for row in rows)]
        out += ["", "### The claims"]
        for title, lines in claims(data, groups):
            out += ["", f"**{title}**", "", *(f"- {verdict}: {sentence}" for verdict, sentence in lines)]
    return "\n".join(out) + "\n"


def html(measured, options):
    body = [f"<h1>What the training recipes give</h1><p>{escape(introduction(options))}</p>"]
    for data, groups in groups_of(measured).items():
        body.append(f"<h2>{escape(data)}</h2>")
        body += [f"<section><h3>{escape(title)}</h3>{chart}</section>" for title, chart in charts(groups)]
        for title, sentence, head, rows in tables(data, groups):
            cells = lambda kind, row: "<tr>" + "".join(f"<{kind}>{escape(text)}</{kind}>" for text in row) + "</tr>"
            body.append(f"<section><h3>{escape(title)}</h3><p class=\"sub\">{escape(sentence)}</p><div class=\"scroll\"><table><thead>{cells('th', head)}</thead>"
                        f"<tbody>{''.join(cells('td', row) for row in rows)}</tbody></table></div></section>")
        body.append("<section><h3>The claims</h3>")
        for title, lines in claims(data, groups):
            kinds = {"holds": "yes", "reached": "yes", "as claimed": "yes"}
            body.append(f"<p><b>{escape(title)}</b></p><ul>" + "".join(f'<li><b class="{kinds.get(verdict, "no")}">{escape(verdict)}</b>: {escape(sentence)}</li>'
                                                                  for verdict, sentence in lines) + "</ul>")
        body.append("</section>")
    return ("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
            f"<title>Training recipes</title><style>{STYLE}</style></head><body><main>\n" + "\n".join(body) + "\n</main></body></html>\n")
