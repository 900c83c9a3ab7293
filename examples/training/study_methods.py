#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Exact search against HAQ's agent, greedy and random search: same table, same measured sensitivities, one plan each.

    study_methods.py [--out build/study] [--core cortex-a53] [--episodes 600] [--networks small resnet-8 fmnist]

Needs the latency tables (study_tables.py). Plans are measured on the integer runtime, not retrained. Writes OUT/methods.json.
"""
import argparse
import json
import os

from study import NETWORKS, Study

SIZE = 0.35  # budget of weight bytes, a share of 8 bits
STEP = 3  # budget of latency: 3/8 of the way from the cheapest plan to 8 bits
PICTURES = 1000
METHODS = ("exact", "greedy", "random", "rl")


def within(front, latency):
    """The dearest plan of a front within a budget; fronts ascend in latency."""
    return [plan for plan in front if plan["latency"] <= latency + 0.5][-1]


def measured(study, network, found, seconds):
    model = study.planned(network, found["plan"])
    return {"latency_share": found["latency_share"], "weight_bytes": found["weight_bytes"], "predicted_damage": found["predicted_damage"],
            "accuracy": study.accuracy(network, model, PICTURES), "seconds": seconds}


def searched(study, network, core, method, budget, episodes):
    label = f"{network.name}-{method}-{budget.replace('=', '')}"
    options = ["--method", method, "--candidates", "1", "--episodes", episodes, "--front", study.path(f"pages/{label}.html")]
    return study.search(network, f"methods-{label}-{core}", core, budget, options)


def compare(study, network, core, episodes, budgets):
    size = f"size={SIZE}"
    found = {method: searched(study, network, core, method, size, episodes) for method in METHODS}
    exact = found["exact"]
    least, fixed = exact["front"][0]["latency"], exact["fixed_8_bits"]
    budget = least + (fixed["latency"] - least) * STEP / 8
    with_latency = "latency" in budgets
    agent = with_latency and searched(study, network, core, "rl", f"latency={budget:.0f}", episodes)
    result = {"network": network.about, "core": core, "least_share": least / fixed["latency"], "latency_budget": budget / fixed["latency"],
              "size_budget": SIZE, "episodes": episodes, "fixed_bytes": fixed["weight_bytes"], "rewards": {"size": found["rl"]["rewards"]}}
    result["fixed"] = measured(study, network, fixed, 0)
    result["size"] = {method: measured(study, network, found[method]["best"], found[method]["seconds"]) for method in METHODS}
    if not with_latency:
        return result
    result["rewards"]["latency"] = agent["rewards"]
    plans = {method: within(found[method]["front"], budget) for method in METHODS[:-1]} | {"rl": agent["best"]}
    seconds = {method: found[method]["seconds"] for method in METHODS[:-1]} | {"rl": agent["seconds"]}
    result["latency"] = {method: measured(study, network, plans[method], seconds[method]) for method in METHODS}
    result["front"] = [measured(study, network, plan, 0) for plan in exact["front"]]
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="build/study")
    parser.add_argument("--core", default="cortex-a53")
    parser.add_argument("--episodes", type=int, default=600, help="of the agent, and plans of random search")
    parser.add_argument("--budgets", nargs="+", default=["size", "latency"], help="size, or size and latency, which takes the agent twice")
    parser.add_argument("--networks", nargs="+", default=["small", "resnet-8", "fmnist"])
    options = parser.parse_args()
    study = Study(options.out)
    rows, path = [], study.path("methods.json")
    if os.path.exists(path):  # of networks that this run leaves out
        with open(path) as file:
            rows = [row for row in json.load(file) if row["network"] not in [NETWORKS[name].about for name in options.networks]]
    for name in options.networks:
        rows.append(compare(study, NETWORKS[name], options.core, options.episodes, options.budgets))
        with open(path, "w") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
