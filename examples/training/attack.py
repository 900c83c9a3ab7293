#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Attacks trained networks with gradients and scores every picture on the integer runtime.

    attack.py ../models/fmnist-plain-w4a4.onnx --checkpoint OUT.pt --bulwark build/release/bin/bulwark

Gradients come from the twin, the network as PyTorch computes it; rounding passes them straight through. The pictures are rounded
to levels within eps and given to `bulwark attack --method transfer`, so what counts is the answer of the runtime. An answer that one of
the attacks changes counts as changed in "union".
"""
import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torch.nn.functional as F

import data
from bit_plan import bit_plan
from networks import NETWORKS
from quantized_network import QuantizedNetwork


def load_network(checkpoint):
    """(network in evaluation mode, settings of its training)."""
    saved = torch.load(checkpoint, map_location="cpu")
    settings = saved["settings"]
    data_set = data.load(settings["data"])
    layers = NETWORKS[settings["network"]](data_set.shape, 10)
    network = QuantizedNetwork(layers, data_set.shape, bit_plan(layers, settings["bits"]), settings["batch_norm"],
                               float_input=settings["bits"] == 32)
    network.load_state_dict(saved["network"])
    network.eval()
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return network, data_set


def gradient(network, x, y):
    x = x.detach().requires_grad_(True)
    return torch.autograd.grad(F.cross_entropy(network(x), y), x)[0]


def project(z, x, eps):
    return torch.max(torch.min(z, x + eps), x - eps).clamp(0, 1)


def fgsm(network, x, y, eps):
    """Goodfellow et al. 2015, equation 4.1."""
    return project(x + eps * gradient(network, x, y).sign(), x, eps)


def random_fgsm(network, x, y, eps):
    """Half the radius in a random direction first (Tramer et al. 2018, section 4.1)."""
    start = (x + eps / 2 * torch.randn_like(x).sign()).clamp(0, 1)
    return project(start + eps / 2 * gradient(network, start, y).sign(), x, eps)


def pgd(network, x, y, eps, steps=20):
    """Madry et al. 2018: from a random start, steps of 2.5 eps / steps."""
    z = (x + torch.empty_like(x).uniform_(-eps, eps)).clamp(0, 1)
    for _ in range(steps):
        z = project(z + 2.5 * eps / steps * gradient(network, z, y).sign(), x, eps)
    return z


ATTACKS = {"fgsm": fgsm, "r+fgsm": random_fgsm, "pgd": pgd}


def to_levels(z, x, eps):
    """uint8 pictures within eps steps of x's."""
    levels = torch.round(z * 255)
    centre = torch.round(x * 255)
    return torch.max(torch.min(levels, centre + eps), centre - eps).clamp(0, 255).to(torch.uint8).numpy()


def score(bulwark, model, pictures, labels, moved, eps, folder):
    """Which right answers of the runtime the pictures `moved` change: (right at first, changed), bool arrays."""
    paths = {name: os.path.join(folder, name + ".npy") for name in ("x", "y", "moved")}
    np.save(paths["x"], pictures)
    np.save(paths["y"], labels)
    np.save(paths["moved"], moved)
    table = os.path.join(folder, "samples.csv")
    subprocess.run([bulwark, "attack", model, "--data", paths["x"], "--labels", paths["y"], "--method", "transfer", "--adversarial",
                    paths["moved"], "--eps", str(eps), "--per-sample", table], check=True, stdout=subprocess.DEVNULL)
    with open(table) as file:
        rows = list(csv.DictReader(file))
    right = np.array([row["label"] == row["predicted"] for row in rows])
    return right, np.array([row["broken"] == "1" for row in rows])


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help=".onnx, or a .bwk made from it")
    parser.add_argument("--checkpoint", required=True, help=".pt that train.py wrote beside it")
    parser.add_argument("--bulwark", required=True, help="the bulwark tool")
    parser.add_argument("--eps", type=int, default=8, help="in steps of 1/255 (8)")
    parser.add_argument("--samples", type=int, default=1000, help="first test pictures (1000)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", help="also write the report to this .json")
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    network, data_set = load_network(options.checkpoint)
    pictures, labels = data_set.test_x[: options.samples], data_set.test_y[: options.samples]
    report = {"model": os.path.basename(options.model), "eps": options.eps, "samples": len(labels)}
    with tempfile.TemporaryDirectory() as folder:
        model = options.model
        if model.endswith(".onnx"):
            model = os.path.join(folder, "model.bwk")
            subprocess.run([options.bulwark, "convert", options.model, "-o", model], check=True, stdout=subprocess.DEVNULL)
        union, zero = None, 0
        for name, attack in ATTACKS.items():
            moved = []
            for begin in range(0, len(labels), 250):
                x, y = pictures[begin : begin + 250].float() / 255, labels[begin : begin + 250]
                if name == "fgsm":
                    zero += (gradient(network, x, y).flatten(1).abs().amax(1) == 0).sum().item()
                moved.append(to_levels(attack(network, x, y, options.eps / 255), x, options.eps))
            right, changed = score(options.bulwark, model, pictures.numpy(), labels.numpy(), np.concatenate(moved), options.eps, folder)
            union = changed if union is None else union | changed
            report["clean"] = float(right.mean())
            report[name] = float((right & ~changed).mean())
        report["union"] = float((right & ~union).mean())
        # A picture without any gradient would make the attacks above look weak.
        report["zero_gradients"] = zero / len(labels)
    print(json.dumps(report))
    if options.output:
        with open(options.output, "w") as file:
            json.dump(report, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
