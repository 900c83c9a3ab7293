# SPDX-License-Identifier: Apache-2.0
"""What the studies of the bit search share: networks, data, tables and the tools. Everything is kept in one folder and made once;
a study that was stopped goes on where it was."""
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field

import numpy as np
import torch

import data

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TOOL, BENCH, ARM = (os.path.join(ROOT, "build", name) for name in ("release/bin/bulwark", "release/bin/bulwark_bench", "aarch64/bin/bulwark_bench"))
CORES = ("cortex-a53", "cortex-a72", "cortex-a76")
WIDTHS = ["--weights", "8,4,2", "--activations", "8,4,2"]  # of tables and searches
SAMPLES, JUDGES = 128, 64  # training pictures that calibrate, of them those that judge widths
PICTURES = 1000  # test pictures where many plans are measured
RESULTS = os.path.join(ROOT, "bench/search-results.json")
QUICK = ["--bfloat16", "--compile"]


@dataclass
class Network:
    name: str
    about: str
    data: str
    train: list  # options of train.py; empty: a shipped float network
    source: str = ""
    retrain: list = field(default_factory=list)  # options of train.py with a plan, of one training after the other
    std: str = "255"  # of the pictures that it was trained on
    shipped: str = ""  # examples/models/SHIPPED-w8a8.onnx: searches begin with its weights

    @property
    def float_trained(self):
        return not self.train or "float" in self.train


NETWORKS = {network.name: network for network in (
    Network("small", "the shipped small network, Fashion-MNIST", "fashion-mnist", [], "examples/models/fmnist-float.onnx"),
    Network("resnet-20", "ResNet-20, CIFAR-10", "cifar-10", ["--network", "resnet-20", "--recipe", "float", "--epochs", "6"]),
    Network("resnet-8", "ResNet-8 of MLPerf Tiny, CIFAR-10", "cifar-10", [], "../shared/models/mlperf_tiny/pretrainedResnet.tflite", std="1"),
    Network("mobilenet", "`mobilenet` (MobileNetV2 for small pictures), CIFAR-10", "cifar-10",
            ["--network", "mobilenet", "--recipe", "float", "--epochs", "6"]),
    Network("fmnist", "`pointwise-128`, Fashion-MNIST", "fashion-mnist", ["--network", "pointwise-128", "--bits", "8", "--epochs", "4"],
            retrain=[["--network", "pointwise-128", "--epochs", epochs, "--lr", rate, *QUICK] for epochs, rate in (("1", "0.04"), ("5", "0.03"))],
            shipped="fmnist-pointwise"),
    Network("cifar", "`pointwise-128`, CIFAR-10", "cifar-10",
            ["--network", "pointwise-128", "--bits", "8", "--epochs", "5", "--shift", "2"],
            retrain=[["--network", "pointwise-128", "--shift", "2", *options]
                     for options in (["--epochs", "1", "--lr", "0.04", *QUICK], ["--epochs", "1", "--samples", "20000", "--lr", "0.015", "--bfloat16"],
                                     ["--epochs", "5", "--lr", "0.02", *QUICK])],
            shipped="cifar10-pointwise"),
)}


def add_network_options(parser, default):
    """--networks, or any float network of one's own."""
    parser.add_argument("--networks", nargs="+", default=default, help="of " + ", ".join(NETWORKS))
    parser.add_argument("--float", metavar="NET.onnx", help="another float network, in place of --networks")
    parser.add_argument("--data", choices=["fashion-mnist", "cifar-10"], default="fashion-mnist", help="of --float")
    parser.add_argument("--about", help="what the page calls --float")
    parser.add_argument("--std", default="255", help="of the pictures that --float takes")


def networks_of(options):
    if not options.float:
        return [NETWORKS[name] for name in options.networks]
    source = os.path.abspath(options.float)
    name = os.path.splitext(os.path.basename(source))[0]
    return [Network(name, options.about or f"`{name}`, {options.data}", options.data, [], source, std=options.std)]


class Study:
    def __init__(self, out):
        self.out = os.path.abspath(out)
        os.makedirs(self.out, exist_ok=True)

    def path(self, name):
        path = os.path.join(self.out, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def run(self, command, **settings):
        result = subprocess.run([str(word) for word in command], capture_output=True, text=True, **settings)
        if result.returncode != 0:
            raise SystemExit(f"{' '.join(map(str, command))}:\n{result.stdout[-2000:]}{result.stderr[-2000:]}")
        return result.stdout

    def report(self, name, command):
        """What a tool says with --json, kept as NAME.json."""
        path = self.path(name + ".json")
        if not os.path.exists(path):
            print("making", name, file=sys.stderr, flush=True)
            text = self.run([*command, "--json"])
            json.loads(text)
            with open(path + ".new", "w") as file:
                file.write(text)
            os.replace(path + ".new", path)
        with open(path) as file:
            return json.load(file)

    def pictures(self, name):
        """(calibration pictures, test pictures, test labels), as files."""
        files = [self.path(f"data/{name}-{part}.npy") for part in ("calibration", "x", "y")]
        if not all(map(os.path.exists, files)):
            data_set = data.load(name)
            chosen = torch.randperm(len(data_set.train_x), generator=torch.Generator().manual_seed(0))[:SAMPLES]
            for file, array in zip(files, (data_set.train_x[chosen], data_set.test_x, data_set.test_y)):
                np.save(file, array.numpy())
        return files

    def calibration(self, network):
        return ["--calibrate", self.pictures(network.data)[0], "--mean", "0", "--std", network.std]

    def train(self, name, options):
        """Trains NAME.onnx and returns its base; the report is written last."""
        base = self.path(name)
        if not os.path.exists(base + ".json"):
            print("training", name, file=sys.stderr, flush=True)
            subprocess.run([sys.executable, os.path.join(HERE, "train.py"), *options, "--output", base + ".onnx"], check=True)
        return base

    def trained(self, network):
        return self.train(network.name + ("-float" if network.float_trained else "-w8a8"), ["--data", network.data, *network.train, *QUICK])

    def float_model(self, network):
        """The network as 32-bit ONNX: what a search begins with. Of one trained with 8 bits: the weights before rounding, or the
        shipped ones."""
        if network.source:
            return os.path.join(ROOT, network.source)
        begin = []
        if network.shipped:
            begin = ["--from", os.path.join(ROOT, f"examples/models/{network.shipped}-w8a8.onnx"), "--no-batch-norm"]
        elif network.float_trained:
            return self.trained(network) + ".onnx"
        name = network.train[network.train.index("--network") + 1]
        base = self.train(network.name + "-float", ["--data", network.data, "--network", name, "--recipe", "float", "--epochs", "0",
                                                    "--test-samples", "500", *(begin or ["--from", self.trained(network) + ".pt"])])
        return base + ".onnx"

    def converted(self, name, source, options=()):
        path = self.path(f"models/{name}.bwk")
        if not os.path.exists(path):
            self.run([TOOL, "convert", source, "-o", path, *options])
        return path

    def fixed(self, network):
        """The network with 8 bits everywhere, calibrated."""
        return self.converted(network.name + "-8", self.float_model(network), self.calibration(network))

    def plan(self, network, plan):
        """(name, file) of a plan; equal plans have the same name."""
        name = network.name + "-" + hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()[:8]
        file = self.path(f"plans/{name}.json")
        with open(file, "w") as out:
            json.dump(plan, out, indent=1)
        return name, file

    def planned(self, network, plan):
        """The network with a plan's bits, calibrated and not retrained."""
        name, file = self.plan(network, plan)
        return self.converted(name, self.float_model(network), [*self.calibration(network), "--bits", file])

    def accuracy(self, network, model, pictures=10000):
        """On the integer runtime, of the first test pictures."""
        _, x, y = self.pictures(network.data)
        if pictures < 10000:
            few = [file[:-4] + f"-{pictures}.npy" for file in (x, y)]
            for whole, part in zip((x, y), few):
                if not os.path.exists(part):
                    np.save(part, np.load(whole)[:pictures])
            x, y = few
        name = os.path.basename(model)[:-4]
        return self.report(f"accuracy/{name}-{pictures}", [TOOL, "eval", model, "--data", x, "--labels", y])["accuracy"]

    def table(self, core):
        return self.path(f"tables/{core}.json")

    def make_tables(self, networks, cores=CORES, anew=False):
        """What every layer costs at every width, from the models with 8 bits; what is there is not counted again."""
        models = [self.fixed(network) for network in networks]
        command = [os.path.join(ROOT, "bench/model-table.sh"), "--cores", " ".join(cores), "--output", os.path.join(self.out, "tables"),
                   "--yardstick", self.yardstick(), *WIDTHS, *models]
        subprocess.run(command + (["--anew"] if anew else []), check=True, stdout=sys.stderr)

    def yardstick(self):
        return os.environ.get("BULWARK_YARDSTICK", os.path.join(ROOT, "../shared/yardstick"))

    def counter(self, core):
        """The --cost-command that counts a whole network."""
        yardstick = self.yardstick()
        plugin = self.path("armcount.so")
        if not os.path.exists(plugin):
            self.run(["gcc", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-o", plugin, os.path.join(yardstick, "armcount.c")])
        return f"'{ROOT}/bench/modelled-cycles.sh' {core} '{plugin}' '{yardstick}' '{ARM}'"

    def cycles(self, model, core, count=False):
        """(sum of the table's costs, cycles of the whole network counted or None)."""
        name = f"cycles/{os.path.basename(model)[:-4]}-{core}{'-counted' if count else ''}"
        command = [BENCH, "predict", model, "--table", self.table(core)]
        said = self.report(name, command + (["--cost-command", self.counter(core)] if count else []))
        return said["predicted"], said.get("measured")

    def search(self, network, name, core, budget, options=()):
        return self.report(f"searches/{name}", [TOOL, "search", self.float_model(network), *self.calibration(network), *WIDTHS, "--table",
                                                self.table(core), "--budget", budget, "--samples", JUDGES,
                                                "--sensitivities", self.path(f"sensitivities/{network.name}.json"), *options])

    def note(self, kind, rows):
        """Puts rows into the results that the page is made from, in place of those of the same network."""
        with open(RESULTS) as file:
            results = json.load(file)
        names = [row["network"] for row in rows]
        results[kind] = [row for row in results.get(kind, []) if row["network"] not in names] + rows
        with open(RESULTS + ".new", "w") as file:
            json.dump(results, file, indent=1)
            file.write("\n")
        os.replace(RESULTS + ".new", RESULTS)
