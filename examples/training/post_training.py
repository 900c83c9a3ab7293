#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Accuracy that post-training quantization loses on float Fashion-MNIST models, as a Markdown table.

    post_training.py --bulwark build/release/bin/bulwark ../models/fmnist-float.onnx ...

Calibrated on 256 training pictures, measured by the runtime on the 10,000 test pictures; activations keep 8 bits.
"""
import argparse
import json
import os
import subprocess
import tempfile

import numpy as np
import torch

import data

VARIANTS = {
    "nearest": ["--rounding", "nearest", "--no-bias-correction"],
    "nearest, bias corrected": ["--rounding", "nearest"],
    "second order, bias corrected": ["--rounding", "optimized"],
}


def run(command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(result.stderr)
    return result.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", help="float .onnx with input [1, 1, 28, 28] in [0, 1]")
    parser.add_argument("--bulwark", required=True)
    options = parser.parse_args()
    data_set = data.fashion_mnist()
    generator = torch.Generator().manual_seed(0)
    chosen = torch.randperm(len(data_set.train_x), generator=generator)[:256]
    print("| model | weights | " + " | ".join(VARIANTS) + " |")
    print("|---|---|" + "---|" * len(VARIANTS))
    with tempfile.TemporaryDirectory() as folder:
        names = {name: os.path.join(folder, name) for name in ("calibration.npy", "x.npy", "y.npy", "model.bwk")}
        np.save(names["calibration.npy"], data_set.train_x[chosen].numpy())
        np.save(names["x.npy"], data_set.test_x.numpy())
        np.save(names["y.npy"], data_set.test_y.numpy())
        for model in options.models:
            for bits in (8, 4, 3, 2):
                cells = []
                for arguments in VARIANTS.values():
                    run([options.bulwark, "convert", model, "-o", names["model.bwk"], "--calibrate", names["calibration.npy"], "--mean",
                         "0", "--std", "255", "--weights", str(bits)] + arguments)
                    report = json.loads(run([options.bulwark, "eval", names["model.bwk"], "--data", names["x.npy"], "--labels",
                                             names["y.npy"], "--json"]))
                    cells.append(f"{100 * report['accuracy']:.2f}")
                print(f"| {os.path.basename(model)} | {bits} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
