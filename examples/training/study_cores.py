#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plans found for one core and costed on every core, as in HAQ's table; sums of the tables against whole networks counted.

    study_cores.py [--out build/study] [--networks fmnist]
    study_cores.py --float NET.onnx --data cifar-10

Makes the latency tables of all cores. Adds to bench/search-results.json.
"""
import argparse

from study import CORES, PICTURES, Study, add_network_options, networks_of

STEP = 2  # budget: 2/8 of the way from the core's cheapest plan to 8 bits


def costs(study, model, fixed):
    cells = {}
    for core in CORES:
        predicted, counted = study.cycles(model, core, count=True)
        cells[core] = {"predicted": predicted, "counted": counted, "share": counted / study.cycles(fixed, core, count=True)[1],
                       "by_table": predicted / study.cycles(fixed, core)[0]}
    return cells


def plan_for(study, network, core):
    """(plan, what it may cost and the least that one costs, shares of 8 bits)"""
    found = study.search(network, f"cores-{network.name}-{core}", core, "1x", ["--candidates", "0", "--points", "2"])
    least, fixed = found["front"][0]["latency"], found["fixed_8_bits"]["latency"]
    budget = least + (fixed - least) * STEP / 8
    best = study.search(network, f"cores-{network.name}-{core}-{budget:.0f}", core, f"latency={budget:.0f}", ["--candidates", "0", "--points", "0"])
    return best["best"]["plan"], budget / fixed, least / fixed


def table(study, network):
    fixed = study.fixed(network)
    rows = [{"found_for": "8 bits", "accuracy": study.accuracy(network, fixed, PICTURES), "costs": costs(study, fixed, fixed), "plan": {}}]
    for core in CORES:
        plan, budget, least = plan_for(study, network, core)
        model = study.planned(network, plan)
        rows.append({"found_for": core, "budget": budget, "least": least, "plan": plan["layers"],
                     "accuracy": study.accuracy(network, model, PICTURES), "costs": costs(study, model, fixed)})
    return {"network": network.about, "rows": rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="build/study")
    add_network_options(parser, ["fmnist"])
    options = parser.parse_args()
    study = Study(options.out)
    for network in networks_of(options):
        study.make_tables([network])
        study.note("cores", [table(study, network)])


if __name__ == "__main__":
    main()
