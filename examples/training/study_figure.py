#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The figure of HAQ's article: how much quicker than 8 bits everywhere a searched plan runs, and what accuracy it has after retraining.

    study_figure.py [--out build/study] [--core cortex-a53] [--share 0.5] [--candidates 16] [--networks fmnist cifar]

The plan is the dearest of the exact front (nine plans from the cheapest to 8 bits) within the share of 8 bits; whole networks cost some
percent more than the sums of tables. Needs the builds `release` and `aarch64` and the latency tables (study_tables.py). Writes
OUT/figure.json.
"""
import argparse
import json
import os

from study import NETWORKS, Study


def retrained(study, network, name, plan, base):
    """Base of the retrained network, and what was done, in words."""
    said = []
    for index, options in enumerate(network.retrain):
        base = study.train(f"{name}-mixed{index + 1}", ["--data", network.data, *options, "--bits", plan, "--from", base + ".pt"])
        with open(base + ".json") as file:
            settings = json.load(file)["settings"]
        said.append(f"{settings['epochs']} epoch{'s' * (settings['epochs'] > 1)} of {settings['samples'] or 'all'} pictures, rate {settings['lr']}")
    return base, ", then ".join(said)


def row(study, network, core, share, candidates):
    label = f"{network.name}-{core}-0.55x"
    page = study.path(f"pages/{label}.html")
    found = study.search(network, f"figure-{label}", core, "0.55x", ["--front", page, "--candidates", candidates])
    best = [plan for plan in found["front"] if plan["latency_share"] <= share][-1]
    name, plan = study.plan(network, best["plan"])
    base = study.trained(network)
    mixed, said = retrained(study, network, name, plan, base)
    models = {"8 bits": study.converted(network.name + "-w8a8", base + ".onnx"),
              "mixed": study.converted(os.path.basename(mixed), mixed + ".onnx")}
    result = {"network": network.about, "core": core, "searched_share": best["latency_share"], "retraining": said,
              "plan": best["plan"]["layers"], "not_retrained": study.accuracy(network, study.planned(network, best["plan"])),
              "files": {"8 bits": base + ".onnx", "mixed": mixed + ".onnx", "plan": plan}}
    for name, model in models.items():
        predicted, counted = study.cycles(model, core, count=True)
        result[name] = {"predicted": predicted, "counted": counted, "accuracy": study.accuracy(network, model)}
    result["share"] = result["mixed"]["counted"] / result["8 bits"]["counted"]
    result["points_lost"] = 100 * (result["8 bits"]["accuracy"] - result["mixed"]["accuracy"])
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="build/study")
    parser.add_argument("--core", default="cortex-a53")
    parser.add_argument("--share", type=float, default=0.54)
    parser.add_argument("--candidates", type=int, default=16, help="as in bulwark search")
    parser.add_argument("--networks", nargs="+", default=["fmnist", "cifar"])
    options = parser.parse_args()
    study = Study(options.out)
    rows = [row(study, NETWORKS[name], options.core, options.share, options.candidates) for name in options.networks]
    path, plans = study.path("figure.json"), [result["plan"] for result in rows]
    if os.path.exists(path):  # of plans that this run leaves out
        with open(path) as file:
            rows = [old for old in json.load(file) if old["plan"] not in plans] + rows
    with open(path, "w") as file:
        json.dump(rows, file, indent=1)
    for result in rows:
        print(json.dumps({key: value for key, value in result.items() if key != "plan"}))


if __name__ == "__main__":
    main()
