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
    "paper": (8, 4, 3, 2),
    "true-norm": (8, 4, 3, 2),
    "adversarial-half": (8, 4, 3, 2),
    "interval": (4, 8, 3, 2),
}
MORE_WIDTHS = {"fashion-mnist": {"interval-medium": (4,)}}
# What train.py gets for every recipe of a data set's table, and for a recipe or a model instead. A list: one training after the other, each from the
# weights of the one before. "start": the file of another model of the seed that the first begins with.
_ATTACK = dict(attack_steps=2, smooth_attack=True)
_MEDIUM = dict(recipe="interval", network="interval-medium", smoothing=0.1, eps_factor=1)
_CIFAR_ATTACK = dict(_ATTACK, eps=4, decay=5e-4, clip_weights=True)
_CIFAR_INTERVAL = dict(network="interval-medium", eps=2, interval_weight=0.5)
OPTIONS = {
    "fashion-mnist": {
        "all": dict(network="small", epochs=4),
        "adversarial-half-w4a4": [
            dict(start="adversarial-half-w8a8/net.onnx", batch_norm=False, lr=0.005, epochs=2, **_ATTACK),
            dict(batch_norm=False, lr=0.003, epochs=1, adversarial_share=0.3, **_ATTACK)],
        "interval": dict(network="interval-small", epochs=26),
        "interval-medium": [
            dict(_MEDIUM, bits="8,4", lr=0.005, epochs=16),
            dict(_MEDIUM, lr=0.003, epochs=14, warm=0, ramp=0)],
        "interval-w8a8": dict(network="interval-small", start="interval-w4a4/net.onnx", batch_norm=False, lr=0.0005, epochs=3, ramp=0.05)},
    "cifar-10": {
        "all": dict(network="wide-resnet", batch=256, epochs=28),
        "adversarial-half": [
            dict(_CIFAR_ATTACK, epochs=58, fit_bounds=True),
            dict(_CIFAR_ATTACK, epochs=3, lr=0.02, adversarial_share=0.3)],
        "interval": [
            dict(_CIFAR_INTERVAL, bits="8,4", lr=0.005, epochs=16),
            dict(_CIFAR_INTERVAL, lr=0.002, epochs=8, warm=0, ramp=0)]},
}


def _words(settings):
    """Options of train.py: {"batch_norm": False} -> --no-batch-norm."""
    words = []
    for name, value in settings.items():
        option = name.replace("_", "-")
        words += ["--" + option] if value is True else ["--no-" + option] if value is False else ["--" + option, str(value)]
    return words


class Job:
    def __init__(self, out, data, recipe, bits, seed, extra):
        model = f"{recipe}-w{bits}a{bits}"
        self.name = f"{data}/{model}/seed{seed}"
        self.base = os.path.join(out, self.name, "net")
        table = OPTIONS[data]
        steps = table.get(model, table.get(recipe, {}))
        steps = steps if isinstance(steps, list) else [steps]
        self.commands, before = [], None
        for number, step in enumerate(steps, 1):
            settings = {**dict(data=data, recipe=recipe, bits=bits, seed=seed), **table["all"], **step}
            if "start" in settings:
                start_model, start_file = settings.pop("start").split("/")
                before = os.path.join(out, data, start_model, f"seed{seed}", start_file)
            if before:
                settings["from"] = before
            base = self.base if number == len(steps) else f"{self.base}.step{number}"
            self.commands.append([os.path.join(HERE, "train.py"), *_words(settings), *extra, "--output", base + ".onnx"])
            before = base + ".pt"

    def run(self):
        """True when all trainings ended well; those that are there already are not made again."""
        for command in self.commands:
            # The report is written last.
            there = os.path.exists(os.path.splitext(command[-1])[0] + ".json")
            if not there and subprocess.run([sys.executable, *command]).returncode != 0:
                return False
        return True

    def done(self):
        return os.path.exists(self.base + ".json")

    def wanted(self, only):
        _, model, _ = self.name.split("/")
        return not only or model in only or model.rsplit("-", 1)[0] in only


def plan(options):
    """Every seed of the whole table before the next one."""
    jobs = [Job(options.output, options.data, recipe, bits, seed, options.train)
            for seed in options.seeds for recipe, widths in {**WIDTHS, **MORE_WIDTHS.get(options.data, {})}.items() for bits in widths]
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
        print(f"[{number}/{len(jobs)}] {job.name}: {state}" + (": " + " && ".join(map(" ".join, job.commands)) if options.dry_run else ""), flush=True)
        if options.dry_run or job.done():
            continue
        start = time.time()
        if not job.run():
            failed.append(job.name)
            continue
        print(f"    {time.time() - start:.0f} s", flush=True)
    if failed:
        raise SystemExit("failed: " + ", ".join(failed))


if __name__ == "__main__":
    main()
