#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Modelled cycles of LiteRT (XNNPACK, 8 bits, one thread) on whole networks of the shapes of `pointwise-128`, beside bench/SEARCH.md's.

    build/peers/bin/python bench/peers/litert_cycles.py [--out build/peers/litert] [--yardstick ../shared/yardstick]

Takes libLiteRt.so from the aarch64 wheel (pip downloads it), writes the networks as .tflite (random weights: the cost does not hang on
them; int8 in and out), and counts one warm run as bench/modelled-cycles.sh does. The emulated system shows the core's own /proc/cpuinfo,
by which XNNPACK chooses its kernels. Needs aarch64-linux-gnu-gcc, qemu-aarch64 and llvm-19. Adds to bench/search-results.json.
"""
import argparse
import glob
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
VERSION = "2.3.0"
FEATURES = "fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid"
CORES = {"cortex-a53": ("cortex-a53", "0xd03", FEATURES), "cortex-a72": ("cortex-a72", "0xd08", FEATURES),
         "cortex-a76": ("neoverse-n1", "0xd0b", FEATURES + " atomics fphp asimdhp asimdrdm lrcpc dcpop asimddp")}
NETWORKS = {"`pointwise-128`, Fashion-MNIST": (28, 1), "`pointwise-128`, CIFAR-10": (32, 3)}
SYSTEM = "/usr/aarch64-linux-gnu"


def pointwise(side, channels):
    """The layers of networks.pointwise(32, 128, 3, 4), as a .tflite file."""
    sys.path.insert(0, os.path.join(ROOT, "tests/corpus/tflite"))
    import numpy as np
    from tflite_file import ACTIVATIONS, Model

    model = Model(f"pointwise{side}")
    scales = {}

    def add(kind, x, weights, shape, stride=1, relu=True):
        fields = dict(padding=0, strideH=stride, strideW=stride, dilationHFactor=1, dilationWFactor=1,
                      fusedActivationFunction=ACTIVATIONS["relu" if relu else "none"])
        options, axis = "Conv2DOptions", 0
        if kind == "DEPTHWISE_CONV_2D":
            options, axis = "DepthwiseConv2DOptions", 3
            fields["depthMultiplier"] = 1
        y, scales_y = model.linear(kind, x, scales[x], weights, options, axis=axis, out_zero=-128 if relu else 3, **fields)
        scales[y] = scales_y
        model.tensors[y].shape = list(shape)
        return y

    def conv(x, weights, side, stride=1, relu=True):
        return add("CONV_2D", x, weights, (1, side, side, weights[0]), stride, relu)

    def depthwise(x, channels, side, stride=1):
        return add("DEPTHWISE_CONV_2D", x, (1, 3, 3, channels), (1, side, side, channels), stride)

    x = model.input("int8", (1, side, side, channels), 0.037, -128, name="picture")
    scales[x] = 0.037
    y = conv(x, (32, 3, 3, channels), side // 2, 2)
    side //= 4
    y = conv(depthwise(y, 32, side, 2), (128, 1, 1, 32), side, relu=False)
    for _ in range(3):
        source = y
        y = conv(depthwise(y, 128, side), (512, 1, 1, 128), side)
        y = conv(y, (128, 1, 1, 512), side, relu=False)
        scale = 1.3 * max(scales[y], scales[source])
        y = model.op("ADD", [y, source], "int8", scale, 1, "AddOptions", shape=(1, side, side, 128), fusedActivationFunction=0)
        scales[y] = scale
    axes = model.constant("int32", np.array([1, 2], np.int32))
    scale = scales[y] / 3
    y = model.op("MEAN", [y, axes], "int8", scale, 0, "ReducerOptions", shape=(1, 128), keepDims=False)
    y, _ = model.linear("FULLY_CONNECTED", y, scale, (10, 128), "FullyConnectedOptions", per_channel=False, fusedActivationFunction=0,
                        keepNumDims=False)
    model.tensors[y].shape = [1, 10]
    model.outputs = [y]
    return model.file()


def run(command, **settings):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, **settings)
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}:\n{result.stdout[-1000:]}{result.stderr[-1000:]}")
    return result.stdout


def prepare(out, yardstick):
    """The library, the program, the counting plugin and a system for each core."""
    run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--platform", "manylinux_2_27_aarch64", "--python-version",
         "3.11", "--implementation", "cp", "--dest", out, "ai-edge-litert==" + VERSION])
    wheel = glob.glob(os.path.join(out, f"ai_edge_litert-{VERSION}-*.whl"))[0]
    # Alone: the accelerators beside it are not for these processors.
    run([sys.executable, "-c", "import sys, zipfile; open(sys.argv[2], 'wb').write(zipfile.ZipFile(sys.argv[1]).read('ai_edge_litert/libLiteRt.so'))",
         wheel, os.path.join(out, "libLiteRt.so")])
    run(["aarch64-linux-gnu-gcc", "-O1", os.path.join(HERE, "litert_run.c"), "-L" + out, "-lLiteRt", "-o", os.path.join(out, "litert_run")])
    run(["gcc", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-o", os.path.join(out, "armcount.so"), os.path.join(yardstick, "armcount.c")])
    with open(os.path.join(out, "llvm-mca-19"), "w") as file:  # as in bench/modelled-cycles.sh
        file.write('#!/bin/sh\nPATH=${PATH#*:}\nexec llvm-mca-19 -skip-unsupported-instructions=lack-sched "$@"\n')
    os.chmod(os.path.join(out, "llvm-mca-19"), 0o755)
    for core, (_, part, features) in CORES.items():
        system = os.path.join(out, core)
        os.makedirs(system, exist_ok=True)
        if not os.path.exists(os.path.join(system, "lib")):
            os.symlink(os.path.join(SYSTEM, "lib"), os.path.join(system, "lib"))
        run(["sh", os.path.join(yardstick, "mkcpu.sh"), system, part, features])


def cycles(out, yardstick, core, model, in_bytes):
    blocks = os.path.join(out, "blocks")
    run(["qemu-aarch64", "-cpu", core, "-L", os.path.join(out, core), "-E", "LD_LIBRARY_PATH=" + out, "-plugin",
         os.path.join(out, f"armcount.so,out={blocks},bb=on"), os.path.join(out, "litert_run"), model, in_bytes, 10])
    said = run([sys.executable, os.path.join(yardstick, "bbcycles.py"), blocks, CORES[core][0]], env=os.environ | {"PATH": out + ":" + os.environ["PATH"]})
    return int(re.search(r"cycles (\d+)", said).group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="build/peers/litert")
    parser.add_argument("--yardstick", default=os.path.join(ROOT, "../shared/yardstick"))
    options = parser.parse_args()
    out = os.path.abspath(options.out)
    os.makedirs(out, exist_ok=True)
    prepare(out, options.yardstick)
    rows = []
    for name, (side, channels) in NETWORKS.items():
        model = os.path.join(out, f"pointwise{side}.tflite")
        with open(model, "wb") as file:
            file.write(pointwise(side, channels))
        rows.append({"network": name, "version": VERSION,
                     "counted": {core: cycles(out, options.yardstick, core, model, side * side * channels) for core in CORES}})
        print(json.dumps(rows[-1]))
    results = os.path.join(ROOT, "bench/search-results.json")
    with open(results) as file:
        known = json.load(file)
    known["litert"] = rows
    with open(results, "w") as file:
        json.dump(known, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
