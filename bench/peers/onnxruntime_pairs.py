#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Wall time of a model in Bulwark against ONNX Runtime, one thread each, in turns on one machine.

    onnxruntime_pairs.py BULWARK_BENCH MODEL.bwk MODEL.onnx [--pairs 15] [--path P]

Every pair is one block of runs of each; a block's figure is its fastest run, which other load on the machine disturbs
least. Prints the median of both and of the ratio (Bulwark / ONNX Runtime) with its quartiles.
"""
import argparse
import json
import statistics
import subprocess
import time

import numpy as np
import onnxruntime


def onnxruntime_block(session, feeds, seconds):
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        begin = time.perf_counter()
        session.run(None, feeds)
        best = min(best, time.perf_counter() - begin)
    return best * 1000


def bulwark_block(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["min_ms"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("bwk")
    parser.add_argument("onnx")
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--path")
    arguments = parser.parse_args()

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(arguments.onnx, options, providers=["CPUExecutionProvider"])
    random = np.random.default_rng(1)
    types = {"tensor(int8)": np.int8, "tensor(uint8)": np.uint8, "tensor(float)": np.float32}
    feeds = {i.name: random.integers(0, 100, i.shape).astype(types[i.type]) for i in session.get_inputs()}
    command = [arguments.bench, "bench", arguments.bwk, "--warmup-s", "0.1", "--min-s", "0.4", "--json"]
    if arguments.path:
        command += ["--path", arguments.path]

    onnxruntime_block(session, feeds, 0.5)
    pairs = [(bulwark_block(command), onnxruntime_block(session, feeds, 0.5)) for _ in range(arguments.pairs)]
    ratios = sorted(ours / theirs for ours, theirs in pairs)
    low, middle, high = statistics.quantiles(ratios, n=4)
    print(f"{statistics.median(p[0] for p in pairs):.2f} {statistics.median(p[1] for p in pairs):.2f} "
          f"{middle:.2f} {low:.2f} {high:.2f} {onnxruntime.__version__}")


if __name__ == "__main__":
    main()
