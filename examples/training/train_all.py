#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the whole table of recipes, widths and seeds, one after the other.

    train_all.py OUT [--seeds 0 1 2] [--only interval plain-w4a4] [--dry-run] [-- OPTIONS OF train.py]

Writes OUT/DATA/RECIPE-wBaB/seedS/net.{onnx,pt,json}. What is there is not trained again; a training that was stopped goes on.
"""
import argparse
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
WIDTHS = {
    "float": (32,),
    "plain": (8, 4, 3, 2),
    "paper": (8, 4),
    "true-norm": (8, 4),
    "adversarial-half": (8, 4, 3, 2),
    "interval": (8, 4),
}
# What train.py gets for every recipe of a data set's table, and for single ones instead. "start": the weights of another one of the seed.
OPTIONS = {
    "fashion-mnist": {"all": dict(network="small", epochs=4), "interval": dict(network="interval-small", epochs=26)},
    "cifar-10": {"all": dict(network="small", epochs=10),
                 "adversarial-half": dict(epochs=15, lr=0.05, adversarial_share=0.15, attack_steps=2, start="float-w32a32"),
                 "interval": dict(network="interval-medium", epochs=40, eps=2)},
}


class Job:
    def __init__(self, out, data, recipe, bits, seed, extra):
        self.name = f"{data}/{recipe}-w{bits}a{bits}/seed{seed}"
        self.base = os.path.join(out, self.name, "net")
        settings = dict(data=data, recipe=recipe, bits=bits, seed=seed, **{**OPTIONS[data]["all"], **OPTIONS[data].get(recipe, {})})
        if "start" in settings:
            settings["from"] = os.path.join(out, data, settings.pop("start"), f"seed{seed}", "net.pt")
        words = [word for name, value in settings.items() for word in ("--" + name.replace("_", "-"), str(value))]
        self.command = [os.path.join(HERE, "train.py"), *words, *extra, "--output", self.base + ".onnx"]

    def done(self):
        # The report is written last.
        return os.path.exists(self.base + ".json")

    def wanted(self, only):
        _, model, _ = self.name.split("/")
        return not only or model in only or model.rsplit("-", 1)[0] in only


def plan(options):
    """Every seed of the whole table before the next one."""
    jobs = [Job(options.output, options.data, recipe, bits, seed, options.train)
            for seed in options.seeds for recipe, widths in WIDTHS.items() for bits in widths]
    return [job for job in jobs if job.wanted(options.only)]


def main():
    argv = sys.argv[1:]
    extra = argv[argv.index("--") + 1 :] if "--" in argv else []
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", help="folder of the networks")
    parser.add_argument("--data", choices=sorted(OPTIONS), default="fashion-mnist")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--only", nargs="+", help="recipes (plain) or models (plain-w4a4)")
    parser.add_argument("--dry-run", action="store_true", help="print the plan and stop")
    options = parser.parse_args(argv[: argv.index("--")] if "--" in argv else argv)
    options.train = extra
    jobs = plan(options)
    if not jobs:
        parser.error(f"--only {' '.join(options.only)}: no such recipe or model")
    failed = []
    for number, job in enumerate(jobs, 1):
        state = "there" if job.done() else "to train"
        print(f"[{number}/{len(jobs)}] {job.name}: {state}" + (f": {' '.join(job.command)}" if options.dry_run else ""), flush=True)
        if options.dry_run or job.done():
            continue
        start = time.time()
        if subprocess.run([sys.executable, *job.command]).returncode != 0:
            failed.append(job.name)
            continue
        print(f"    {time.time() - start:.0f} s", flush=True)
    if failed:
        raise SystemExit("failed: " + ", ".join(failed))


if __name__ == "__main__":
    main()
