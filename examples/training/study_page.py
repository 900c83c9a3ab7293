#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the page of the studies from figure.json, methods.json and cores.json; what is missing is left out.

    study_page.py [--out build/study] [--page bench/SEARCH.md]
"""
import argparse
import json
import os

from study import CORES, ROOT, SAMPLES
from study_methods import METHODS, PICTURES

HEAD = f"""# Bit search: what it is worth

Made by `examples/training/study_tables.py`, `study_figure.py`, `study_methods.py`, `study_cores.py` and `study_page.py`; not edited by hand.

- **Cycles** are modelled: block counts of one warm run under qemu times llvm-mca's steady state for the core (Neoverse N1 for
  Cortex-A76); no cache misses, perfect branches. They are no times.
- **Accuracy** is of the integer runtime on held-out test pictures. One seed each.
- Searches may give weights and activations 8, 4 or 2 bits; {SAMPLES} training pictures calibrate, 64 of them judge widths.
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


def figure(rows):
    text = """
## The article's figure: mixed bits against 8 bits everywhere, Cortex-A53

`bulwark search` chose the bits by the table, `train.py --bits plan.json --from` retrained. Whole networks counted, 10,000 test pictures. The
goal is a share of at most 0.55 at no more than 1 point lost.

"""
    text += table(["network", "8 bits: cycles, accuracy", "mixed: cycles, accuracy", "cycles, of 8 bits", "by the table", "points lost", "retraining", "not retrained"],
                  [[row["network"], f"{millions(row['8 bits']['counted'])}, {percent(row['8 bits']['accuracy'])}",
                    f"{millions(row['mixed']['counted'])}, {percent(row['mixed']['accuracy'])}", f"**{row['share']:.3f}**",
                    f"{row['searched_share']:.3f}", f"{row['points_lost']:.2f}", row["retraining"], percent(row["not_retrained"])] for row in rows])
    for name, share in (("counted as whole networks", "share"), ("by the table's sums", "searched_share")):
        met = [row["network"] for row in rows if row[share] <= 0.55 and row["points_lost"] <= 1]
        text += f"\nBoth hold, {name}: {', '.join(met) or 'nowhere'}."
    text += """

No other runtime was counted on these networks. On one 1x1 layer (`pw7` of [RESULTS.md](RESULTS.md), Cortex-A53) the best peer with 8 bits,
XNNPACK (LiteRT's kernels), takes 9.57 M modelled cycles where Bulwark's 8-bit kernel takes 4.65 M.

Bits, weights / what the layer writes:

"""
    return text + "".join(f"- {row['network']}: {widths(row['plan'])}\n" for row in rows)


def reward_rows(network, kind, rewards):
    mean = lambda part: sum(part) / max(1, len(part))
    return [network, kind, len(rewards), *(f"{mean(part):.3f}" for part in (rewards[:20], rewards[20:100], rewards[100:300], rewards[300:]) if part),
            *[""] * (len(rewards) <= 300),
            f"{max(rewards):.3f}"]


def cheaper(result, other):
    """The cheapest plan of the exact front that is at least as right, as a share of 8 bits; or none."""
    good = [plan["latency_share"] for plan in result["front"] + [result["fixed"]] if plan["accuracy"] >= other["accuracy"]]
    return f"{min(good):.3f}" if good else "none"


def methods(results):
    text = f"""
## Exact against the agent, greedy and random

Same table (Cortex-A53), same measured sensitivities, one plan measured per method; the agent (HAQ's) and random search
try the same number of plans, its episodes. Not retrained, {PICTURES} test pictures. A latency budget lies 3/8 of the way from the cheapest plan to 8 bits; the
budget of size is {results[0]['size_budget']} of the bytes of 8-bit weights. Damage: summed divergence that the search minimizes, nats.

"""
    rows = []
    for result in results:
        rows.append([result["network"], "8 bits", "", "1.000", f"{result['fixed_bytes']:.0f}", "", percent(result["fixed"]["accuracy"]), "", ""])
        for kind in [kind for kind in ("latency", "size") if kind in result]:
            for method in METHODS:
                plan = result[kind][method]
                rows.append(["", method, f"latency {result['latency_budget']:.3f}" if kind == "latency" else f"size {result['size_budget']}",
                             f"{plan['latency_share']:.3f}", f"{plan['weight_bytes']:.0f}", f"{plan['predicted_damage']:.3g}", percent(plan["accuracy"]),
                             "" if method == "exact" or kind == "size" else cheaper(result, plan), f"{plan['seconds']:.4f} s"])
    text += table(["network", "method", "budget", "cycles, of 8 bits", "weight bytes", "damage", "accuracy",
                   "exact is as right at", "choosing took"], rows)
    text += f"""
Choosing took: on a machine that did much else. "Exact is as right at": cycles, of 8 bits, of the cheapest measured plan of the exact front with at least that accuracy.

The agent learns: its mean reward (minus predicted damage, over that of the cheapest plan) over episodes. `bulwark search --method rl --front
page.html` draws every episode.

"""
    return text + table(["network", "budget", "episodes", "1-20 (random)", "21-100", "101-300", "301 on", "best"],
                        [reward_rows(result["network"], kind, result["rewards"][kind]) for result in results for kind in ("latency", "size") if kind in result])


def cores(tables):
    text = f"""
## Plans on other cores

A plan for each core (2/8 of the way from that core's cheapest plan to 8 bits), costed on all of them: whole networks counted, cycles as a
share of 8 bits on the same core. Not retrained, {PICTURES} test pictures.

"""
    for one in tables:
        text += one["network"] + ":\n\n" + table(["found for", *CORES, "budget (least)", "accuracy"], [
            [row["found_for"], *(f"{row['costs'][core]['share']:.3f}" for core in CORES),
             f"{row['budget']:.3f} ({row['least']:.3f})" if "budget" in row else "", percent(row["accuracy"])] for row in one["rows"]]) + "\n"
        plans = [json.dumps(row["plan"], sort_keys=True) for row in one["rows"][1:]]
        same = [f"{CORES[i]} and {CORES[j]}" for i in range(3) for j in range(i) if plans[i] == plans[j]]
        text += ("The plans of " + ", ".join(same) + " are the same.\n\n") if same else "The three plans differ.\n\n"
    return text


def predictions(tables, figures):
    rows = []
    for one in tables:
        for row in one["rows"]:
            for core in CORES:
                cost = row["costs"][core]
                rows.append([one["network"], row["found_for"], core, cost["predicted"], cost["counted"]])
    for one in figures:
        for kind in ("8 bits", "mixed"):
            rows.append([one["network"], kind + ", trained", one["core"], one[kind]["predicted"], one[kind]["counted"]])
    worst = max(abs(row[3] / row[4] - 1) for row in rows)
    text = f"""
## Predicted against counted

The sum of a table's layers against the whole network counted: at most {100 * worst:.1f} % apart.

"""
    return text + table(["network", "plan", "core", "sum of the table", "whole", "off"],
                        [[*row[:3], millions(row[3]), millions(row[4]), f"{100 * (row[3] / row[4] - 1):+.1f} %"] for row in rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="build/study")
    parser.add_argument("--page", default=os.path.join(ROOT, "bench/SEARCH.md"))
    options = parser.parse_args()
    found = {}
    for name in ("figure", "methods", "cores"):
        path = os.path.join(options.out, name + ".json")
        if os.path.exists(path):
            with open(path) as file:
                found[name] = json.load(file)
    text = HEAD
    if "figure" in found:
        text += figure(found["figure"])
    if "methods" in found:
        text += methods(found["methods"])
    if "cores" in found:
        text += cores(found["cores"]) + predictions(found["cores"], found.get("figure", []))
    with open(options.page, "w") as file:
        file.write(text.rstrip() + "\n")


if __name__ == "__main__":
    main()
