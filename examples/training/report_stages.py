# SPDX-License-Identifier: Apache-2.0
"""What the report measures of one network, each in a file of its own, so that a report that was stopped goes on."""
import csv
import glob
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import torch

import attacks
import data
from onnx_twin import Twin

HERE = os.path.dirname(os.path.abspath(__file__))
RADII = (1, 2, 4, 8, 16)
SWEEP = "2,8,32,128"
DATA_SETS = {"fmnist": "fashion-mnist", "fashion-mnist": "fashion-mnist", "cifar10": "cifar-10", "cifar-10": "cifar-10"}


@dataclass
class Entry:
    path: str
    data: str
    recipe: str
    bits: str  # "w4a4", "float"
    seed: int
    cache: str = ""

    @property
    def name(self):
        return f"{self.recipe}-{self.bits}" if self.bits != "float" else "float"

    def file(self, name):
        return os.path.join(self.cache, name)


def _entry(path, folder, cache):
    relative = os.path.relpath(path, folder)
    found = re.fullmatch(r"(?:(?P<d>[^/]+)/)?(?P<r>[^/]+?)(?:-(?P<b>w\d+a\d+))?/seed(?P<s>\d+)/net\.onnx", relative)
    found = found or re.fullmatch(r"(?P<d>fmnist|cifar10)-(?P<r>.+?)(?:-(?P<b>w\d+a\d+))?(?P<s>)\.onnx", os.path.basename(path))
    if not found or (found["d"] or "fashion-mnist") not in DATA_SETS:
        return None
    bits = "float" if found["r"] == "float" else found["b"] or "mixed"
    entry = Entry(path, DATA_SETS[found["d"] or "fashion-mnist"], found["r"], bits, int(found["s"] or 0))
    entry.cache = os.path.join(cache, entry.data, entry.name, f"seed{entry.seed}")
    return entry


def find(folders, cache):
    """Networks below the folders: DATA/RECIPE-wBaB/seedS/net.onnx as train_all.py writes them, or DATA-RECIPE-wBaB.onnx (seed 0).
    The first of two that are the same recipe, bits and seed counts."""
    found = {}
    for folder in folders:
        for root, _, files in sorted(os.walk(folder)):
            for name in sorted(files):
                entry = _entry(os.path.join(root, name), folder, cache) if name.endswith(".onnx") else None
                if entry:
                    found.setdefault(entry.cache, entry)
    return list(found.values())


def _run(command, codes=(0,)):
    result = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode not in codes:
        raise SystemExit(f"{' '.join(map(str, command))}: {result.stderr.strip()}")
    return result


def _write(entry, name, value):
    with open(entry.file(name + ".new"), "w") as file:
        json.dump(value, file, indent=1)
    os.replace(entry.file(name + ".new"), entry.file(name))


def _test_files(entry, options):
    """The whole test set as .npy, once for each data set."""
    files = [os.path.join(options.cache, entry.data, name) for name in ("pictures.npy", "labels.npy")]
    if not all(map(os.path.exists, files)):
        data_set = data.load(entry.data)
        np.save(files[0], data_set.test_x.numpy())
        np.save(files[1], data_set.test_y.numpy())
    return files


def clean(entry, options):
    """Accuracy on all test pictures and the certified curve."""
    pictures, labels = _test_files(entry, options)
    if entry.bits == "float":
        twin, x, y = Twin(entry.path), np.load(pictures), np.load(labels)
        with torch.no_grad():
            right = sum((twin(torch.from_numpy(x[i : i + 500]).float() / 255).argmax(1).numpy() == y[i : i + 500]).sum()
                        for i in range(0, len(y), 500))
        return _write(entry, "clean.json", {"samples": len(y), "clean": right / len(y), "certified": {}})
    model = entry.file("model.bwk")
    _run([options.bulwark, "convert", entry.path, "-o", model])
    shared = ["--data", pictures, "--labels", labels, "--json"]
    result = _run([options.bulwark, "certify", model, "--eps", ",".join(map(str, RADII)), *shared], (0, 3))
    if result.returncode == 0:
        report = json.loads(result.stdout)
        levels = {str(level["eps"]): [level["certified_accuracy"], level["coverage"]] for level in report["levels"]}
        return _write(entry, "clean.json", {"samples": report["samples"], "clean": report["clean_accuracy"], "certified": levels})
    report = json.loads(_run([options.bulwark, "eval", model, *shared]).stdout)
    _write(entry, "clean.json", {"samples": report["samples"], "clean": report["accuracy"], "certified": {}, "refused": result.stderr.strip()})


def _attack(entry, options, name, words):
    command = [sys.executable, os.path.join(HERE, "attack.py"), entry.path, "--bulwark", options.bulwark, "--data", entry.data]
    report = entry.file(name + ".new")
    result = _run([*command, "--eps", options.eps, "--samples", options.samples, "--per-sample", entry.file(name + ".csv"),
                   "--output", report, "--threads", options.threads, *words], (0, 1))
    if not os.path.exists(report):  # 1 is also what Python ends with
        raise SystemExit(f"{entry.path}: {name}: {result.stderr.strip()}")
    os.replace(report, entry.file(name + ".json"))


def gradients(entry, options):
    words = ["--attacks", "fgsm,r+fgsm,pgd,apgd-ce,apgd-dlr", "--sweep", SWEEP, "--save", entry.file("gradients.npy"), "--certify"]
    _attack(entry, options, "gradients", words)


def square(entry, options):
    _attack(entry, options, "square", ["--attacks", "square", "--queries", options.queries, "--certify"])


def transfer_sources(entry, options):
    """{network: its worst pictures}: of the float network and of the other widths of the recipe; of the plain ones for the float network."""
    recipes = (entry.recipe, "float") if entry.bits != "float" else ("plain",)
    sources = {}
    for path in sorted(glob.glob(os.path.join(options.cache, entry.data, "*", "seed0", "gradients.npy"))):
        name = os.path.basename(os.path.dirname(os.path.dirname(path)))
        if name != entry.name and re.sub(r"-w\d+a\d+$", "", name) in recipes:
            sources[name] = path
    return sources


def transfer(entry, options):
    """Pictures made with the gradients of other networks."""
    files = [f"{name}={path}" for name, path in transfer_sources(entry, options).items()]
    _attack(entry, options, "transfer", ["--attacks", "", "--certify", "--transfer", *files])


def amplification(entry, options, count=500):
    """Mean relative deviation ||attacked - clean|| / ||clean|| of each layer's output under FGSM. Pixels whose gradient is 0 do not
    move, so the input's deviation is given as well."""
    twin = Twin(entry.path)
    pictures, labels = (torch.from_numpy(np.load(file)[:count]) for file in _test_files(entry, options))
    totals, steps = {}, attacks.Gradients(twin)
    for begin in range(0, count, 250):
        x, y = pictures[begin : begin + 250].float(), labels[begin : begin + 250].long()
        moved = torch.round(attacks.project(x + options.eps * steps(x, y)[1].sign(), x, options.eps))
        before, after = {"input": x / 255}, {"input": moved / 255}
        with torch.no_grad():
            twin(x / 255, before)
            twin(moved / 255, after)
        for layer in before:
            a, b = before[layer].flatten(1), after[layer].flatten(1)
            ratio = (b - a).norm(dim=1) / a.norm(dim=1).clamp_min(1e-9)
            totals[layer] = totals.get(layer, 0.0) + ratio.sum().item()
    layers = [layer for layer in totals if layer != "picture"]  # the quantized input is the input
    _write(entry, "amplification.json", {"eps": options.eps, "layers": [[layer, totals[layer] / count] for layer in layers]})


STAGES = {"clean": clean, "amplification": amplification, "gradients": gradients, "square": square, "transfer": transfer}


def load(entry):
    """Everything measured so far, with the union over all attacks picture by picture; None without a clean accuracy."""
    result, changed = {}, None
    for stage in STAGES:
        if os.path.exists(entry.file(stage + ".json")):
            with open(entry.file(stage + ".json")) as file:
                result[stage] = json.load(file)
    if "clean" not in result:
        return None
    result["accuracy"], result["violations"], result["certified"] = {}, 0, 0  # certified: among the pictures under attack
    for stage in ("gradients", "square", "transfer"):
        if stage not in result:
            continue
        single = result[stage]["accuracy"] if stage != "transfer" else {"transfer": result[stage]["accuracy"]["union"]}
        result["accuracy"].update({name: value for name, value in single.items() if name != "union"})
        result["violations"] += result[stage].get("violations", 0)
        result["certified"] = result[stage].get("certified", 0)
        with open(entry.file(stage + ".csv")) as file:
            rows = list(csv.DictReader(file))
        right = np.array([row["label"] == row["predicted"] for row in rows])
        now = np.array([row["union"] == "1" for row in rows])
        changed = now if changed is None or len(changed) != len(now) else changed | now
        if "gradients" in result and "square" in result:  # the worst of some attacks is not the worst of all
            result["accuracy"]["union"] = float((right & ~changed).mean())
    return result
