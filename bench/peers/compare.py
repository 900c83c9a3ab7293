#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the same model files in LiteRT, ONNX Runtime and Bulwark, and prints one table: answers, distance, size.

    compare.py --bulwark build/release/bin/bulwark MODEL.tflite MODEL.onnx ... [--samples 8] [--input X.npy] [--json]

Inputs are seeded random values in each input's own type (or --input, one file of samples for a model with one input). The peer is taken
as it judges itself by: LiteRT with its reference kernels, ONNX Runtime with every graph optimization off. Its optimized
build is compared too, so that Bulwark's distance can be read beside the distance of the peer from itself.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np


class LiteRt:
    name = "LiteRT"

    def __init__(self, path, reference):
        from ai_edge_litert import interpreter as litert

        kind = litert.OpResolverType.BUILTIN_REF if reference else litert.OpResolverType.BUILTIN
        self.interpreter = litert.Interpreter(model_path=path, num_threads=1, experimental_op_resolver_type=kind)
        for detail in self.interpreter.get_input_details():
            shape = [1 if size < 1 else int(size) for size in detail["shape_signature"]]
            self.interpreter.resize_tensor_input(detail["index"], shape)
        self.interpreter.allocate_tensors()

    def inputs(self):
        return [(tuple(int(size) for size in d["shape"]), np.dtype(d["dtype"])) for d in self.interpreter.get_input_details()]

    def steps(self):
        return [float(d["quantization"][0]) or 0.0 for d in self.interpreter.get_output_details()]

    def run(self, arrays):
        for detail, array in zip(self.interpreter.get_input_details(), arrays):
            self.interpreter.set_tensor(detail["index"], array)
        self.interpreter.invoke()
        return [self.interpreter.get_tensor(d["index"]).copy() for d in self.interpreter.get_output_details()]


class OnnxRuntime:
    name = "ONNX Runtime"
    TYPES = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8, "tensor(int8)": np.int8}

    def __init__(self, path, reference):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        level = onnxruntime.GraphOptimizationLevel
        options.graph_optimization_level = level.ORT_DISABLE_ALL if reference else level.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def inputs(self):
        return [(tuple(size if isinstance(size, int) else 1 for size in value.shape), np.dtype(self.TYPES[value.type]))
                for value in self.session.get_inputs()]

    def steps(self):
        return [0.0] * len(self.session.get_outputs())

    def run(self, arrays):
        return self.session.run(None, {value.name: array for value, array in zip(self.session.get_inputs(), arrays)})


def random_input(generator, shape, dtype):
    if dtype.kind == "f":
        return generator.random(shape, dtype=np.float32)
    limits = np.iinfo(dtype)
    return generator.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)


def run_bulwark(tool, model, samples, folder):
    """Outputs of every sample, [sample][output]."""
    results = []
    for arrays in samples:
        command = [tool, "run", model, "--output-dir", os.path.join(folder, "out")]
        for i, array in enumerate(arrays):
            file = os.path.join(folder, f"in{i}.npy")
            np.save(file, array)
            command += ["--input", file]
        subprocess.run(command, check=True, capture_output=True)
        files = sorted((f for f in os.listdir(os.path.join(folder, "out")) if f.endswith(".npy")),
                       key=lambda name: int("".join(filter(str.isdigit, name))))
        results.append([np.load(os.path.join(folder, "out", name)) for name in files])
    return results


def distance(a, b):
    """(largest difference, share of equal labels) over samples and outputs."""
    largest, labels, same = 0.0, 0, 0
    for left, right in zip(a, b):
        for x, y in zip(left, right):
            x, y = np.asarray(x, np.float64).ravel(), np.asarray(y, np.float64).ravel()
            largest = max(largest, float(np.abs(x - y).max()))
            labels += 1
            same += int(x.argmax() == y.argmax())
    return largest, same / max(labels, 1)


def compare(path, options):
    peer_class = LiteRt if path.endswith(".tflite") else OnnxRuntime
    reference, optimized = peer_class(path, True), peer_class(path, False)
    generator = np.random.default_rng(options.seed)
    inputs = reference.inputs()
    if options.input:
        data = np.load(options.input)
        samples = [[x.reshape(inputs[0][0]).astype(inputs[0][1])] for x in data[: options.samples]]
    else:
        samples = [[random_input(generator, *spec) for spec in inputs] for _ in range(options.samples)]
    row = {"model": os.path.basename(path), "peer": peer_class.name, "samples": len(samples), "bytes": os.path.getsize(path)}
    expected = [reference.run(arrays) for arrays in samples]
    row["peer_to_itself"], row["peer_same_labels"] = distance(expected, [optimized.run(arrays) for arrays in samples])
    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "model.bwk")
        command = [options.bulwark, "convert", path, "-o", model]
        converted = subprocess.run(command, capture_output=True, text=True)
        if converted.returncode != 0:
            row["refused"] = converted.stderr.strip().split(": ")[-1]
            return row
        row["bwk_bytes"] = os.path.getsize(model)
        row["bulwark"], row["bulwark_same_labels"] = distance(expected, run_bulwark(options.bulwark, model, samples, folder))
    return row


def table(rows):
    heading = ["model", "peer", "peer optimized against reference", "same label", "Bulwark against reference", "same label",
               "source bytes", ".bwk bytes"]
    lines = [heading]
    for row in rows:
        line = [row["model"], row["peer"], f"{row['peer_to_itself']:.6g}", f"{100 * row['peer_same_labels']:.0f} %"]
        if "refused" in row:
            line += ["refused", row["refused"].splitlines()[0][:60], str(row["bytes"]), "-"]
        else:
            line += [f"{row['bulwark']:.6g}", f"{100 * row['bulwark_same_labels']:.0f} %", str(row["bytes"]), str(row["bwk_bytes"])]
        lines.append(line)
    widths = [max(len(line[i]) for line in lines) for i in range(len(heading))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", help=".tflite or .onnx")
    parser.add_argument("--bulwark", default="build/release/bin/bulwark")
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--input", help="samples for models with one input, .npy")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = []
    for i, path in enumerate(options.models):
        if sys.stderr.isatty():
            print(f"\r{i + 1}/{len(options.models)} {os.path.basename(path)}\x1b[K", end="", file=sys.stderr)
        rows.append(compare(path, options))
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    print(json.dumps(rows, indent=1) if options.json else table(rows))


if __name__ == "__main__":
    main()
