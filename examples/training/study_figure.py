#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The figure of HAQ's article: how much quicker than 8 bits everywhere a searched plan runs, and what accuracy it has after retraining.

    study_figure.py [--out build/study] [--core cortex-a53] [--share 0.54] [--candidates 16] [--networks fmnist cifar]
    study_figure.py --shipped [--networks fmnist cifar]

The plan is the dearest of the exact front (nine plans from the cheapest to 8 bits) within the share of 8 bits. With --shipped nothing is
searched or trained: the networks of examples/models, which this script made, are measured anew. Whole networks are counted on every core
that has a latency table (study_tables.py). Needs the builds `release` and `aarch64`. Adds to bench/search-results.json.
"""
import argparse
import json
import os

from study import CORES, NETWORKS, ROOT, Study


def words(options):
    """What a training of study.Network.retrain does."""
    option = lambda name, otherwise: options[options.index(name) + 1] if name in options else otherwise
    epochs = option("--epochs", "4")
    return f"{epochs} epoch{'s' * (epochs != '1')} of {option('--samples', 'all')} pictures, rate {option('--lr', '0.1')}"


def found_and_trained(study, network, core, share, candidates):
    """(plan, {kind: ONNX file})"""
    label = f"{network.name}-{core}-0.55x"
    found = study.search(network, f"figure-{label}", core, "0.55x", ["--front", study.path(f"pages/{label}.html"), "--candidates", candidates])
    best = [plan for plan in found["front"] if plan["latency_share"] <= share][-1]
    name, plan = study.plan(network, best["plan"])
    mixed = base = study.trained(network)
    for index, options in enumerate(network.retrain):
        mixed = study.train(f"{name}-mixed{index + 1}", ["--data", network.data, *options, "--bits", plan, "--from", mixed + ".pt"])
    return best["plan"], {"8 bits": base + ".onnx", "mixed": mixed + ".onnx"}


def shipped(network):
    base = os.path.join(ROOT, "examples/models", network.shipped)
    with open(base + "-mixed-plan.json") as file:
        return json.load(file), {"8 bits": base + "-w8a8.onnx", "mixed": base + "-mixed.onnx"}


def row(study, network, plan, files):
    result = {"network": network.about, "plan": plan["layers"], "retraining": ", then ".join(map(words, network.retrain)),
              "not_retrained": study.accuracy(network, study.planned(network, plan))}
    for kind, file in files.items():
        model = study.converted(os.path.splitext(os.path.basename(file))[0], file)
        costs = {core: study.cycles(model, core, count=True) for core in CORES if os.path.exists(study.table(core))}
        result[kind] = {"accuracy": study.accuracy(network, model),
                        "predicted": {core: cost[0] for core, cost in costs.items()}, "counted": {core: cost[1] for core, cost in costs.items()}}
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="build/study")
    parser.add_argument("--core", default="cortex-a53")
    parser.add_argument("--share", type=float, default=0.54)
    parser.add_argument("--candidates", type=int, default=16, help="as in bulwark search")
    parser.add_argument("--shipped", action="store_true")
    parser.add_argument("--networks", nargs="+", default=["fmnist", "cifar"])
    options = parser.parse_args()
    study = Study(options.out)
    for network in (NETWORKS[name] for name in options.networks):
        plan, files = shipped(network) if options.shipped else found_and_trained(study, network, options.core, options.share, options.candidates)
        study.note("figure", [row(study, network, plan, files)])


if __name__ == "__main__":
    main()
