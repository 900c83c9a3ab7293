#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Attacks a network with gradients and scores every picture on the integer runtime.

    attack.py ../models/fmnist-plain-w4a4.onnx --certify --json

Gradients come from the twin, the same ONNX file as PyTorch computes it; rounding passes them straight through. Every candidate on the
way, not only the last one, is rounded to levels within eps and given to the runtime, so what counts is the answer of what ships. "union"
is the worst case of each picture over all attacks. A float network, which the runtime does not run, is judged by its twin.
"""
import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch

import attacks
import data
import independent
from bulwark_runtime import Runtime
from onnx_twin import Twin
from scoreboard import Scoreboard

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAMES = ("fgsm", "r+fgsm", "pgd", "apgd-ce", "apgd-dlr", "square")
BATCH = 250
NOT_CERTIFIABLE = 3  # an exit code of bulwark certify


def arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help=".onnx")
    parser.add_argument("--bulwark", default=os.path.join(ROOT, "build/release/bin/bulwark"), help="the bulwark tool")
    parser.add_argument("--data", help="fashion-mnist, cifar-10 (told by the input's shape), or pictures: uint8 .npy [N, C, H, W]")
    parser.add_argument("--labels", help=".npy, with --data F.npy")
    parser.add_argument("--samples", type=int, default=1000, help="first pictures (1000)")
    parser.add_argument("--eps", type=int, default=8, help="in levels of 1/255 (8)")
    parser.add_argument("--attacks", default=",".join(NAMES), help=f"of {','.join(NAMES)} (all), '' for none")
    parser.add_argument("--steps", type=int, default=20, help="of PGD (20)")
    parser.add_argument("--apgd-steps", type=int, default=50, help="of APGD, for each loss (50)")
    parser.add_argument("--restarts", type=int, default=1, help="random starts of PGD and APGD (1)")
    parser.add_argument("--queries", type=int, default=5000, help="of Square, for each picture (5000)")
    parser.add_argument("--transfer", nargs="*", default=[], metavar="[NAME=]F.npy", help="pictures that --save wrote for other networks")
    parser.add_argument("--sweep", default="", help="also PGD on the first 200 pictures at these eps, 2,8,32,128")
    parser.add_argument("--certify", action="store_true", help="cross every candidate with `bulwark certify`: exit code 1 if a certified answer changes")
    parser.add_argument("--independent", action="store_true", help="also foolbox's and torchattacks' attacks on the twin, where installed")
    parser.add_argument("--path", help="kernel path of the runtime")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="the report as JSON on stdout")
    parser.add_argument("--output", help="also write it to this .json")
    parser.add_argument("--per-sample", metavar="F.csv", help="one line per picture")
    parser.add_argument("--save", metavar="F.npy", help="the worst picture found for each, for `bulwark attack --method transfer`")
    options = parser.parse_args(argv)
    options.attacks = [name for name in options.attacks.split(",") if name]
    unknown = set(options.attacks) - set(NAMES)
    if unknown:
        parser.error(f"--attacks: {', '.join(sorted(unknown))} unknown; {', '.join(NAMES)} are known")
    if (options.labels is None) != (options.data is None or not options.data.endswith(".npy")):
        parser.error("--labels F.npy belongs to --data F.npy")
    return options


def progress(text):
    if sys.stderr.isatty():
        print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)


def test_pictures(name, labels, shape):
    """uint8 [N, C, H, W] and labels."""
    if labels:
        return np.load(name), np.load(labels).astype(np.int64)
    data_set = data.load(name or ("fashion-mnist" if shape[0] == 1 else "cifar-10"))
    return data_set.test_x.numpy(), data_set.test_y.numpy()


class ToolError(Exception):
    """(what the tool said, its exit code)"""


class Evaluation:
    """One network under attack. A float network is its own judge."""

    def __init__(self, model, bulwark, pictures, labels, eps, folder, path=None):
        self.twin, self.bulwark, self.eps, self.labels, self.pictures = Twin(model).eval(), bulwark, eps, labels, pictures
        self.folder, self.file = folder, None
        if self.twin.quantized:
            self.file = os.path.join(folder, "model.bwk")
            self.tool("convert", model, "-o", self.file)
            self.runtime = Runtime(self.file, path)
        self.files = [os.path.join(folder, name) for name in ("pictures.npy", "labels.npy")]
        np.save(self.files[0], pictures)
        np.save(self.files[1], labels)
        self.gradients = attacks.Gradients(self.twin)
        self.clean = self.logits(pictures).argmax(1)
        self.certified, self.refused = np.zeros(len(labels), bool), None

    def tool(self, *words):
        result = subprocess.run([self.bulwark, *map(str, words)], stdout=subprocess.PIPE, text=True, stderr=subprocess.PIPE)
        if result.returncode > 1:  # 1 is an answer
            raise ToolError(result.stderr.strip() or f"{self.bulwark} {words[0]}: exit code {result.returncode}", result.returncode)
        return result.stdout

    def logits(self, pictures):
        if self.file:
            return self.runtime.logits(pictures)
        with torch.no_grad():
            parts = [self.twin(torch.from_numpy(pictures[i : i + BATCH]).float() / 255) for i in range(0, len(pictures), BATCH)]
        return torch.cat(parts).numpy()

    def rows(self, *words):
        """What a verb writes with --per-sample."""
        table = os.path.join(self.folder, "samples.csv")
        self.tool(*words, "--data", self.files[0], "--labels", self.files[1], "--per-sample", table)
        with open(table) as file:
            return list(csv.DictReader(file))

    def certify(self):
        """Nothing is certified of a network of which the runtime proves nothing; `refused` says why."""
        try:
            rows = self.rows("certify", self.file, "--eps", self.eps)
        except ToolError as error:
            self.refused, code = error.args
            if code != NOT_CERTIFIABLE:
                raise
            return
        self.certified = np.array([int(row["certified_eps"]) >= self.eps for row in rows])

    def attacked(self):
        """Rows worth attacking: right answers, and certified ones, which must stand even where they are wrong."""
        return np.flatnonzero((self.clean == self.labels) | self.certified)

    def run(self, attack, eps=None, rows=None, **settings):
        """A scoreboard after `attack` on `rows` of the pictures."""
        rows = self.attacked() if rows is None else rows
        board = Scoreboard(self.logits, self.pictures, self.clean, self.eps if eps is None else eps)
        for begin in range(0, len(rows), BATCH):
            progress(f"{settings.get('loss', attack.__name__)} at eps {board.eps}: {begin}/{len(rows)}")
            some = rows[begin : begin + BATCH]  # arrays take no tensor of one index
            part = torch.from_numpy(some)
            x, y = torch.from_numpy(self.pictures[some]).float(), torch.from_numpy(self.clean[some])
            tried = lambda index, z: board.tried(part[index], z)
            if attack is attacks.square:
                with torch.no_grad():
                    attack(x, board.eps, tried, lambda: board.last, **settings)
            else:
                attack(self.gradients, x, y, board.eps, tried, **settings)
        return board

    def square(self, queries, seed, threads=1):
        """Random squares through the tool, which runs them without Python."""
        if not self.file:
            return self.run(attacks.square, queries=queries)
        moved = os.path.join(self.folder, "moved.npy")
        board = Scoreboard(self.logits, self.pictures, self.clean, self.eps)
        rows = self.rows("attack", self.file, "--eps", self.eps, "--queries", queries, "--seed", seed, "--threads", threads, "--save", moved,
                         *(["--certify"] if self.certified.any() else []))
        board.worst = np.load(moved)
        self.judge(board, board.worst)
        wrong = [i for i in self.attacked() if (rows[i]["broken"] == "1") != board.changed[i]]
        if wrong:
            raise SystemExit(f"picture {wrong[0]}: `bulwark attack` and the library do not agree on the answer to Square's picture")
        board.candidates = sum(int(row["queries"]) for row in rows)
        return board

    def judge(self, board, moved):
        """Scores finished pictures, one for each of the clean ones."""
        rows = self.attacked()
        if moved.shape != self.pictures.shape:
            raise SystemExit(f"pictures of shape {list(moved.shape)} given, {list(self.pictures.shape)} expected")
        board.tried(torch.from_numpy(rows), torch.from_numpy(moved[rows]).float())
        return board

    def zero_gradients(self):
        """Share of the pictures without any gradient at all, where attacks like these would look weak."""
        zero = 0
        for begin in range(0, len(self.labels), BATCH):
            x, y = torch.from_numpy(self.pictures[begin : begin + BATCH]).float(), torch.from_numpy(self.labels[begin : begin + BATCH])
            zero += (self.gradients(x, y)[1].flatten(1).abs().amax(1) == 0).sum().item()
        return zero / len(self.labels)


def run_attacks(evaluation, options):
    """{name: scoreboard}, seconds of each."""
    gradient_attacks = {
        "fgsm": lambda: evaluation.run(attacks.fgsm),
        "r+fgsm": lambda: evaluation.run(attacks.random_fgsm),
        "pgd": lambda: evaluation.run(attacks.pgd, steps=options.steps, restarts=options.restarts),
        "apgd-ce": lambda: evaluation.run(attacks.apgd, steps=options.apgd_steps, restarts=options.restarts, loss="ce"),
        "apgd-dlr": lambda: evaluation.run(attacks.apgd, steps=options.apgd_steps, restarts=options.restarts, loss="dlr"),
        "square": lambda: evaluation.square(options.queries, options.seed, options.threads),
    }
    boards, seconds = {}, {}
    for name in options.attacks:
        start = time.process_time()
        boards[name] = gradient_attacks[name]()
        seconds[name] = round(time.process_time() - start, 1)
    for text in options.transfer:
        name, _, path = text.rpartition("=")
        name = "transfer:" + (name or os.path.splitext(os.path.basename(path))[0])
        boards[name] = evaluation.judge(Scoreboard(evaluation.logits, evaluation.pictures, evaluation.clean, options.eps), np.load(path)[: options.samples])
    if options.independent:
        for name, moved in independent.attack(evaluation.twin, evaluation.pictures, evaluation.clean, options.eps).items():
            boards[name] = evaluation.judge(Scoreboard(evaluation.logits, evaluation.pictures, evaluation.clean, options.eps), moved)
    return boards, seconds


def sweep(evaluation, sizes, steps):
    """Accuracy of the first 200 pictures under PGD against eps."""
    rows = evaluation.attacked()
    right = evaluation.clean == evaluation.labels
    rows = rows[(rows < 200) & right[rows]]
    count = min(200, len(evaluation.labels))
    return {eps: (len(rows) - int(evaluation.run(attacks.pgd, eps, rows, steps=steps).changed.sum())) / count for eps in sizes}


def warnings(report):
    """Signs that the gradients mislead (Athalye et al. 2018, section 3.1)."""
    found, under = [], report["accuracy"]
    iterative = min((under[name] for name in ("pgd", "apgd-ce", "apgd-dlr") if name in under), default=None)
    if report["zero_gradients"] > 0.01:
        found.append(f"{100 * report['zero_gradients']:.1f} % of the pictures have no gradient")
    if iterative is not None and "fgsm" in under and iterative > under["fgsm"] + 0.005:
        found.append(f"many steps ({100 * iterative:.1f} %) are weaker than one ({100 * under['fgsm']:.1f} %)")
    if iterative is not None and "square" in under and under["square"] < iterative - 0.02:
        found.append(f"squares without gradients ({100 * under['square']:.1f} %) are stronger than gradients ({100 * iterative:.1f} %): masked")
    curve = [report["sweep"][eps] for eps in sorted(report["sweep"], key=int)]
    if any(b > a + 0.01 for a, b in zip(curve, curve[1:])):
        found.append("accuracy rises with eps")
    if curve and max(map(int, report["sweep"])) >= 128 and curve[-1] > 0.02:
        found.append(f"{100 * curve[-1]:.1f} % are left at eps {max(map(int, report['sweep']))}")
    return found


def make_report(evaluation, options, boards, seconds):
    right = evaluation.clean == evaluation.labels
    union = np.any([board.changed for board in boards.values()], axis=0)
    report = {"model": os.path.basename(options.model), "judge": evaluation.runtime.kernel_path() if evaluation.file else "twin",
              "eps": options.eps, "samples": len(right), "steps": options.steps, "apgd_steps": options.apgd_steps,
              "restarts": options.restarts, "queries": options.queries, "seed": options.seed, "clean": float(right.mean()),
              "accuracy": {name: float((right & ~board.changed).mean()) for name, board in boards.items()}}
    report["accuracy"]["union"] = float((right & ~union).mean())
    report["zero_gradients"] = evaluation.zero_gradients()
    sizes = [int(eps) for eps in options.sweep.split(",") if eps]
    report["sweep"] = {str(eps): share for eps, share in sweep(evaluation, sizes, options.steps).items()}
    report["warnings"] = warnings(report)
    report["candidates"], report["seconds"] = sum(board.candidates for board in boards.values()), seconds
    if options.certify:
        report["certified"] = int(evaluation.certified.sum())
        report["violations"] = int((evaluation.certified & union).sum())
        if evaluation.refused:
            report["refused"] = evaluation.refused
    return report, right, union


def write_samples(path, evaluation, boards, right, union):
    with open(path, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["index", "label", "predicted", "certified", *boards, "union"])
        for i in range(len(right)):
            table.writerow([i, evaluation.labels[i], evaluation.clean[i], int(evaluation.certified[i]),
                            *(int(board.changed[i]) for board in boards.values()), int(union[i])])


def worst_pictures(boards, pictures):
    worst, least, changed = pictures.copy(), np.full(len(pictures), np.inf), np.zeros(len(pictures), bool)
    for board in boards.values():
        take = np.where(board.changed != changed, board.changed, board.least < least)
        worst[take], least[take], changed[take] = board.worst[take], board.least[take], board.changed[take]
    return worst


def text(report):
    lines = [f"{report['model']}: {100 * report['clean']:.1f} % clean, at eps {report['eps']} on {report['samples']} pictures, judged by {report['judge']}"]
    lines += [f"  {name:12} {100 * accuracy:5.1f} %" for name, accuracy in report["accuracy"].items()]
    lines += [f"  PGD at eps {eps:3} {100 * accuracy:5.1f} %" for eps, accuracy in report["sweep"].items()]
    lines.append(f"  {100 * report['zero_gradients']:.1f} % without a gradient; {report['candidates']} candidates judged")
    if "violations" in report:
        lines.append(f"  {report['certified']} certified, of which changed: {report['violations']}")
    if "refused" in report:
        lines.append(f"  nothing can be certified: {report['refused']}")
    return "\n".join(lines + [f"  careful: {warning}" for warning in report["warnings"]])


def evaluate(options):
    """(report, scoreboards)."""
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(options.seed)
    pictures, labels = test_pictures(options.data, options.labels, Twin(options.model).shape)
    with tempfile.TemporaryDirectory() as folder:
        evaluation = Evaluation(options.model, options.bulwark, pictures[: options.samples], labels[: options.samples], options.eps, folder,
                                options.path)
        if options.certify and evaluation.file:
            evaluation.certify()
        boards, seconds = run_attacks(evaluation, options)
        report, right, union = make_report(evaluation, options, boards, seconds)
    progress("")
    if options.per_sample:
        write_samples(options.per_sample, evaluation, boards, right, union)
    if options.save:
        np.save(options.save, worst_pictures(boards, evaluation.pictures))
    if options.output:
        with open(options.output, "w") as file:
            json.dump(report, file, indent=1)
    return report


def main(argv=None):
    options = arguments(argv)
    try:
        report = evaluate(options)
    except ToolError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    print(json.dumps(report, indent=1) if options.json else text(report))
    return 1 if report.get("violations") else 0


if __name__ == "__main__":
    sys.exit(main())
