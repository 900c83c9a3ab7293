#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the page of the studies from bench/search-results.json, to which the others add; what is missing is left out.

    study_page.py [--page bench/SEARCH.md]
"""
import argparse
import json
import os

from study import CORES, JUDGES, PICTURES, RESULTS, ROOT, SAMPLES
from study_methods import METHODS, SEEDED

HEAD = f"""# Bit search: what it is worth

Made by `examples/training/study_page.py` from [search-results.json](search-results.json), which `study_figure.py`, `study_methods.py`,
`study_cores.py` and `bench/peers/litert_cycles.py` fill; not edited by hand.

- **Cycles** are modelled: block counts of one warm run under qemu times llvm-mca's steady state for the core (Neoverse N1 for
  Cortex-A76); no cache misses, perfect branches. They are no times.
- **Accuracy** is of the integer runtime on held-out test pictures. One training each.
- Searches may give weights and activations 8, 4 or 2 bits; {SAMPLES} training pictures calibrate, {JUDGES} of them judge widths.
"""


def table(heading, rows):
    lines = ["| " + " | ".join(heading) + " |", "|---" * len(heading) + "|"]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]) + "\n"


def millions(cycles):
    return f"{cycles / 1e6:.3f} M"


def percent(share):
    return f"{100 * share:.2f} %"


def widths(plan):
    """How many layers with weights have each pair of widths is too long for a table: the plan in one line."""
    return ", ".join(f"{name.removesuffix('_real')} {bits['weights']}/{bits['activations']}" for name, bits in plan.items())


CORE = "cortex-a53"  # whose plans the figure shows


def share(row, core, cost="counted"):
    return row["mixed"][cost][core] / row["8 bits"][cost][core]


def beside(rows, peers):
    """LiteRT on networks of the same shapes."""
    lines = []
    for peer in peers:
        for row in [row for row in rows if row["network"] == peer["network"]]:
            for core in [core for core in CORES if core in row["mixed"]["counted"]]:
                own = [row[kind]["counted"][core] for kind in ("8 bits", "mixed")]
                theirs = peer["counted"][core]
                lines.append([row["network"], core, millions(theirs), *(f"{millions(cost)}, {cost / theirs:.3f}" for cost in own)])
    if not lines:
        return ""
    return f"""
Beside LiteRT {peers[0]['version']} (XNNPACK, its own 8 bits, one thread, the kernels that it chooses for the core; `bench/peers/litert_cycles.py`), counted in the same way
on networks of the same shapes, of the plan for Cortex-A53:

""" + table(["network", "core", "LiteRT, 8 bits", "Bulwark, 8 bits, of LiteRT", "Bulwark, mixed, of LiteRT"], lines)


def figure(rows, peers):
    text = """
## The article's figure: mixed bits against 8 bits everywhere, Cortex-A53

`bulwark search` chose the bits by the table, `train.py --bits plan.json --from` retrained. Whole networks counted, 10,000 test pictures. The
goal is a share of at most 0.55 at no more than 1 point lost. The networks with 8 bits were not trained on as long as the retrained ones.

"""
    lost = lambda row: 100 * (row["8 bits"]["accuracy"] - row["mixed"]["accuracy"])
    cell = lambda one: f"{millions(one['counted'][CORE])}, {percent(one['accuracy'])}"
    text += table(["network", "8 bits: cycles, accuracy", "mixed: cycles, accuracy", "cycles, of 8 bits", "by the table", "points lost", "retraining", "not retrained"],
                  [[row["network"], cell(row["8 bits"]), cell(row["mixed"]), f"**{share(row, CORE):.3f}**", f"{share(row, CORE, 'predicted'):.3f}",
                    f"{lost(row):.2f}", row["retraining"], percent(row["not_retrained"])] for row in rows])
    met = [row["network"] for row in rows if share(row, CORE) <= 0.55 and lost(row) <= 1]
    text += f"""
Both hold: {', '.join(met) or 'nowhere'}.

The same files on other cores, whole networks counted: where a core's table differs, a plan of Cortex-A53 need not be a gain.

"""
    known = [core for core in CORES if all(core in row["mixed"]["counted"] for row in rows)]
    text += table(["network", *(f"{core}, of 8 bits" for core in known)],
                  [[row["network"], *(f"{share(row, core):.3f} ({millions(row['mixed']['counted'][core])} of {millions(row['8 bits']['counted'][core])})"
                                      for core in known)] for row in rows])
    return text + beside(rows, peers) + """
Bits, weights / what the layer writes:

""" + "".join(f"- {row['network']}: {widths(row['plan'])}\n" for row in rows)


def cheaper(result, accuracy):
    """The cheapest plan of the exact front that is at least as right, as a share of 8 bits; or none."""
    good = [plan["latency_share"] for plan in result["front"] + [result["fixed"]] if plan["accuracy"] >= accuracy]
    return f"{min(good):.3f}" if good else "none"


def mean(numbers):
    numbers = list(numbers)
    return sum(numbers) / len(numbers)


def spread(plans, name, form):
    """Mean of the seeds, and the least and the largest."""
    numbers = [plan[name] for plan in plans]
    ends = f" ({form(min(numbers))} to {form(max(numbers))})" if form(min(numbers)) != form(max(numbers)) else ""
    return form(mean(numbers)) + ends


def method_row(result, kind, method):
    plans = result[kind][method]
    budget = f"latency {result['latency_budget']:.3f}" if kind == "latency" else f"size {result['size_budget']}"
    accuracy = mean(plan["accuracy"] for plan in plans)
    return ["", method + (f", {len(plans)} seeds" if method in SEEDED else ""), budget, spread(plans, "latency_share", "{:.3f}".format),
            f"{mean(plan['weight_bytes'] for plan in plans):.0f}", spread(plans, "predicted_damage", "{:.3g}".format),
            spread(plans, "accuracy", percent), "" if kind == "size" else cheaper(result, accuracy),
            f"{mean(plan['seconds'] for plan in plans):.4g} s"]


def methods(results):
    text = f"""
## Exact against the agent, greedy and random

Same table ({results[0]['core']}), same measured sensitivities, one plan measured per method and seed; the agent (HAQ's) and random search
try the same number of plans, its episodes. Not retrained, {PICTURES} test pictures. A latency budget lies 3/8 of the way from the cheapest plan to 8 bits; the
budget of size is {results[0]['size_budget']} of the bytes of 8-bit weights. Damage: summed divergence that the search minimizes, nats. Of seeds: the mean (least to
largest).

"""
    rows = []
    for result in results:
        fixed = result["fixed"]
        rows.append([result["network"], "8 bits", "", "1.000", f"{fixed['weight_bytes']:.0f}", "", percent(fixed["accuracy"]), "", ""])
        rows += [method_row(result, kind, method) for kind in ("latency", "size") if kind in result for method in METHODS if method in result[kind]]
    text += table(["network", "method", "budget", "cycles, of 8 bits", "weight bytes", "damage", "accuracy",
                   "exact is as right at", "choosing took"], rows)
    text += """
Choosing took: on a machine that did much else. "Exact is as right at": cycles, of 8 bits, of the cheapest measured plan of the exact front with at least that accuracy:

"""
    text += table(["network", "the exact front: cycles, of 8 bits (accuracy)"],
                  [[result["network"], ", ".join(f"{plan['latency_share']:.3f} ({percent(plan['accuracy'])})" for plan in result["front"])]
                   for result in results])
    text += """
The agent learns: its mean reward (minus predicted damage, over that of the cheapest plan) over episodes. `bulwark search --method rl --front
page.html` draws every episode.

"""
    names = list(dict.fromkeys(name for result in results for name in result["rewards"]["size"]["means"]))
    rows = []
    for result in results:
        for kind, rewards in result["rewards"].items():
            rows.append([result["network"], kind, result["episodes"], *(f"{rewards['means'][name]:.3f}" if name in rewards["means"] else "" for name in names),
                         f"{mean(rewards['best']):.3f}"])
    return text + table(["network", "budget", "episodes", *names, "best episode"], rows)


def cores(tables):
    text = f"""
## Plans on other cores

A plan for each core (2/8 of the way from that core's cheapest plan to 8 bits), costed on all of them: whole networks counted (in brackets by the
table), cycles as a share of 8 bits on the same core. Not retrained, {PICTURES} test pictures.

"""
    for one in tables:
        text += one["network"] + ":\n\n" + table(["found for", *CORES, "budget (least)", "accuracy"], [
            [row["found_for"], *(f"{row['costs'][core]['share']:.3f} ({row['costs'][core]['by_table']:.3f})" for core in CORES),
             f"{row['budget']:.3f} ({row['least']:.3f})" if "budget" in row else "", percent(row["accuracy"])] for row in one["rows"]]) + "\n"
        plans = [json.dumps(row["plan"], sort_keys=True) for row in one["rows"][1:]]
        same = [f"{CORES[i]} and {CORES[j]}" for i in range(3) for j in range(i) if plans[i] == plans[j]]
        text += ("The plans of " + ", ".join(same) + " are the same.\n\n") if same else "The three plans differ.\n\n"
    return text


def predictions(tables, figures):
    rows = []
    for one in tables:
        for row in one["rows"]:
            rows += [[one["network"], row["found_for"], core, cost["predicted"], cost["counted"]] for core, cost in row["costs"].items()]
    for one in figures:
        for kind in ("8 bits", "mixed"):
            rows += [[one["network"], kind + ", trained", core, cost, one[kind]["counted"][core]] for core, cost in one[kind]["predicted"].items()]
    worst = max(abs(row[3] / row[4] - 1) for row in rows)
    text = f"""
## Predicted against counted

The sum of a table's layers against the whole network counted: at most {100 * worst:.1f} % apart.

"""
    return text + table(["network", "plan", "core", "sum of the table", "whole", "off"],
                        [[*row[:3], millions(row[3]), millions(row[4]), f"{100 * (row[3] / row[4] - 1):+.1f} %"] for row in rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--page", default=os.path.join(ROOT, "bench/SEARCH.md"))
    options = parser.parse_args()
    with open(RESULTS) as file:
        found = json.load(file)
    text = HEAD
    for kind, section in (("figure", figure), ("methods", methods), ("cores", cores)):
        more = [found.get("litert", [])] if kind == "figure" else []
        text += section(found[kind], *more) if found.get(kind) else ""
    if found.get("cores") or found.get("figure"):
        text += predictions(found.get("cores", []), found.get("figure", []))
    with open(options.page, "w") as file:
        file.write(text.rstrip() + "\n")


if __name__ == "__main__":
    main()
