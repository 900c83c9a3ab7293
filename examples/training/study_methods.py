#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Exact search against HAQ's agent, greedy and random search: same table, same measured sensitivities, one plan each.

    study_methods.py [--out build/study] [--core cortex-a53] [--episodes 300] [--seeds 3] [--networks small resnet-20 mobilenet]
    study_methods.py --float NET.onnx --data cifar-10 --about "My network, CIFAR-10"

Trains what is not there, makes the core's latency table and searches by latency and by size. The agent and random search have some seeds
each and try as many plans as the agent has episodes. Plans are measured on the integer runtime, not retrained. Adds to
bench/search-results.json.
"""
import argparse

from study import PICTURES, Study, add_network_options, networks_of

SIZE = 0.35  # budget of weight bytes, a share of 8 bits
STEP = 3 / 8  # budget of latency: so far on the way from the cheapest plan to 8 bits
POINTS = 9  # of the exact method's front
METHODS = ("exact", "greedy", "random", "rl")
SEEDED = ("random", "rl")
EPISODES = (("1-20 (random)", 0, 20), ("21-100", 20, 100), ("101-200", 100, 200), ("201 on", 200, None))  # of the agent's mean rewards


class Comparison:
    def __init__(self, study, network, options):
        self.study, self.network, self.options = study, network, options
        self.rewards = {}

    def searched(self, method, budget, seed=1, points=0):
        label = f"{self.network.name}-{self.options.core}-{method}-{budget.replace('=', '')}" + f"-{seed}" * (method in SEEDED)
        options = ["--method", method, "--candidates", "0", "--episodes", self.options.episodes, "--seed", seed, "--points", points,
                   "--front", self.study.path(f"pages/{label}.html")]
        return self.study.search(self.network, f"methods-{label}", self.options.core, budget, options)

    def measured(self, found, seconds=0):
        model = self.study.planned(self.network, found["plan"])
        return {"latency_share": found["latency_share"], "weight_bytes": found["weight_bytes"], "predicted_damage": found["predicted_damage"],
                "accuracy": self.study.accuracy(self.network, model, PICTURES), "seconds": seconds}

    def methods(self, kind, budget):
        """{method: a measured plan of each seed}"""
        plans = {}
        for method in METHODS:
            seeds = range(1, 1 + (self.options.seeds if method in SEEDED else 1))
            found = [self.searched(method, budget, seed) for seed in seeds]
            plans[method] = [self.measured(one["best"], one["seconds"]) for one in found]
            if method == "rl":
                self.rewards[kind] = summary([one["rewards"] for one in found])
        return plans

    def result(self):
        exact = self.searched("exact", f"size={SIZE}", points=POINTS)
        front, fixed = exact["front"], exact["fixed_8_bits"]
        least = front[0]["latency"]
        budget = least + (fixed["latency"] - least) * STEP
        result = {"network": self.network.about, "core": self.options.core, "least_share": least / fixed["latency"],
                  "latency_budget": budget / fixed["latency"], "size_budget": SIZE, "episodes": self.options.episodes,
                  "fixed": self.measured(fixed), "front": [self.measured(plan) for plan in front],
                  "size": self.methods("size", f"size={SIZE}"), "latency": self.methods("latency", f"latency={budget:.0f}")}
        return result | {"rewards": self.rewards}


def summary(rewards):
    """Means over the seeds and some episodes, and the best episode of each seed."""
    mean = lambda numbers: sum(numbers) / len(numbers)
    parts = {name: [one[begin:end] for one in rewards] for name, begin, end in EPISODES}
    return {"means": {name: mean([mean(part) for part in of_seeds]) for name, of_seeds in parts.items() if of_seeds[0]},
            "best": [max(one) for one in rewards]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="build/study")
    parser.add_argument("--core", default="cortex-a53")
    parser.add_argument("--episodes", type=int, default=300, help="of the agent, and plans of random search")
    parser.add_argument("--seeds", type=int, default=3, help="of the agent and of random search")
    add_network_options(parser, ["small", "resnet-20", "mobilenet"])
    options = parser.parse_args()
    study = Study(options.out)
    for network in networks_of(options):
        study.make_tables([network], [options.core])
        study.note("methods", [Comparison(study, network, options).result()])


if __name__ == "__main__":
    main()
