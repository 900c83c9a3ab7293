#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plans found for one core and costed on every core, as in HAQ's table; sums of the tables against whole networks counted.

    study_cores.py [--out build/study] [--networks small]

Needs the latency tables (study_tables.py). Writes OUT/cores.json.
"""
import argparse
import json

from study import CORES, NETWORKS, Study
from study_methods import PICTURES, within

STEP = 2  # budget: 2/8 of the way from the core's cheapest plan to 8 bits


def costs(study, model, fixed):
    cells = {}
    for core in CORES:
        predicted, counted = study.cycles(model, core, count=True)
        cells[core] = {"predicted": predicted, "counted": counted, "share": counted / study.cycles(fixed, core, count=True)[1]}
    return cells


def table(study, network):
    fixed = study.fixed(network)
    rows = [{"found_for": "8 bits", "accuracy": study.accuracy(network, fixed, PICTURES), "costs": costs(study, fixed, fixed), "plan": {}}]
    for core in CORES:
        found = study.search(network, f"cores-{network.name}-{core}", core, "1x", ["--candidates", "1"])
        front, latency = found["front"], found["fixed_8_bits"]["latency"]
        budget = front[0]["latency"] + (latency - front[0]["latency"]) * STEP / 8
        plan = within(front, budget)["plan"]
        model = study.planned(network, plan)
        rows.append({"found_for": core, "budget": budget / latency, "least": front[0]["latency_share"], "plan": plan["layers"],
                     "accuracy": study.accuracy(network, model, PICTURES), "costs": costs(study, model, fixed)})
    return {"network": network.about, "rows": rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="build/study")
    parser.add_argument("--networks", nargs="+", default=["small"])
    options = parser.parse_args()
    study = Study(options.out)
    tables = []
    for name in options.networks:
        tables.append(table(study, NETWORKS[name]))
        with open(study.path("cores.json"), "w") as file:
            json.dump(tables, file, indent=1)


if __name__ == "__main__":
    main()
