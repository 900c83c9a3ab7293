# SPDX-License-Identifier: Apache-2.0
"""See training.sh, which runs this."""
import contextlib
import io
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "examples", "training"))

import numpy as np
import torch

import bit_plan
import data
import networks
import quantized_network
import state
import train

BULWARK, FOLDER = sys.argv[1:]
TESTED = 1000  # test pictures
EPS = 2
INTERVAL = ["--network", "interval-small", "--batch", "128", "--samples", "2560", "--average", "0"]
QUICK = ["--samples", "1280", "--epochs", "1", "--test-samples", str(TESTED), "--device", "cpu", "--eps", str(EPS)]
CASES = [  # name, options
    ("float", ["--recipe", "float"]),
    ("plain-w8a8", ["--recipe", "plain", "--bits", "8"]),
    ("plain-w3a3", ["--recipe", "plain", "--bits", "3"]),
    ("paper-w4a4", ["--recipe", "paper", "--bits", "4"]),
    ("true-norm-w4a4", ["--recipe", "true-norm", "--bits", "4"]),
    ("adversarial-half-w2a2", ["--recipe", "adversarial-half", "--bits", "2"]),
    ("interval-w4a4", ["--recipe", "interval", "--bits", "4", *INTERVAL, "--average", "0.9"]),
    ("interval-w8a8", ["--recipe", "interval", "--bits", "8", "--no-batch-norm", *INTERVAL]),
    ("sabr-w8a4", ["--recipe", "sabr", "--bits", "8,4", *INTERVAL]),
    ("mtl-ibp-w4a5", ["--recipe", "mtl-ibp", "--bits", "4,5", *INTERVAL]),
    ("resnet-8-w4a4", ["--recipe", "plain", "--bits", "4", "--network", "resnet-8", "--samples", "512"]),
]
# Bounds of 8-bit activations are half a level wider in the runtime than in PyTorch, so not these.
CERTIFIED = ("interval-w4a4", "sabr-w8a4", "mtl-ibp-w4a5")


def path(name):
    return os.path.join(FOLDER, name)


def bulwark(*words):
    result = subprocess.run([BULWARK, *words], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"bulwark {' '.join(words)}: exit code {result.returncode}\n{result.stderr}")
    return result.stdout


def quietly_train(name, options):
    errors = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
        train.main(QUICK + options + ["--output", path(name + ".onnx")])
    return errors.getvalue()


def torch_labels(name, pictures):
    saved = torch.load(path(name + ".pt"), map_location="cpu")
    settings = saved["settings"]
    layers = networks.NETWORKS[settings["network"]](pictures.shape[1:], 10)
    network = quantized_network.QuantizedNetwork(layers, pictures.shape[1:], bit_plan.bit_plan(layers, settings["bits"]),
                                                 settings["batch_norm"], float_input=settings["bits"] == 32,
                                                 clip_weights=settings["clip_weights"])
    network.load_state_dict(saved["network"])
    network.eval()
    with torch.no_grad():
        return torch.cat([network(part.float() / 255).argmax(1) for part in pictures.split(500)]).numpy()


def check_labels(name, pictures):
    """Bulwark's labels are PyTorch's on 99.9 % of the pictures."""
    bulwark("convert", path(name + ".onnx"), "-o", path(name + ".bwk"))
    bulwark("run", path(name + ".bwk"), "--input", path("x.npy"), "--output-dir", path(name))
    labels = np.load(os.path.join(path(name), "output0.npy")).reshape(len(pictures), -1).argmax(1)
    share = float((labels == torch_labels(name, pictures)).mean())
    classes = len(np.unique(labels))
    print(f"{name}: labels agree on {100 * share:.2f} % of {len(pictures)} pictures, {classes} classes seen", flush=True)
    return share >= 0.999 and classes > 1


def check_certified(name, eps):
    """What training counts as certified is what the runtime proves, but for sums that round the other way in floats."""
    with open(path(name + ".json")) as file:
        trained = json.load(file)["certified"]
    report = json.loads(bulwark("certify", path(name + ".bwk"), "--data", path("x.npy"), "--labels", path("y.npy"), "--eps", str(eps),
                                "--json"))
    proven = report["levels"][0]["certified_accuracy"]
    print(f"{name}: certified at {eps}/255: {100 * trained:.1f} % in training, {100 * proven:.1f} % by the runtime", flush=True)
    return abs(trained - proven) <= 0.01 and 0 < proven < 1


def check_resume():
    """A training that was stopped after its first epoch ends with the same weights as one that was not."""
    options = ["--network", "interval-small", "--recipe", "interval", "--bits", "4", "--samples", "512"]
    two = options + ["--epochs", "2"]
    quietly_train("whole", two)
    original, steps = state.Training.save, []

    def save_and_stop(self, file):
        original(self, file)
        steps.append(self.epochs)
        raise KeyboardInterrupt

    state.Training.save = save_and_stop
    try:
        quietly_train("resumed", two)
    except KeyboardInterrupt:
        pass
    state.Training.save = original
    log = quietly_train("resumed", two)
    whole, resumed = (torch.load(path(name + ".pt"))["network"] for name in ("whole", "resumed"))
    same = all(torch.equal(whole[key], resumed[key]) for key in whole)
    print(f"resumed after epoch {steps}: {'the same weights' if same else 'OTHER WEIGHTS'}", flush=True)
    return same and steps == [1] and "epoch 2/2" in log and "epoch 1/2" not in log


def check_start():
    """A network started from an ONNX file answers as the one that was written, before it is trained."""
    quietly_train("started", ["--bits", "3", "--no-batch-norm", "--from", path("plain-w3a3.onnx"), "--epochs", "0"])
    right = []
    for name in ("plain-w3a3", "started"):
        with open(path(name + ".json")) as file:
            right.append(json.load(file)["clean"])
    print(f"started from ONNX: {100 * right[1]:.1f} % right, before {100 * right[0]:.1f} %", flush=True)
    return abs(right[0] - right[1]) <= 0.002 and right[0] > 0.1


def check_plan(data_set):
    """Search on the float network, training with the plan from its weights, the same labels again; every width 2..8 trains."""
    np.save(path("calibration.npy"), data_set.train_x[:64].numpy())
    table = os.path.join(ROOT, "bench", "tables", "cortex-a53.json")
    bulwark("search", path("float.onnx"), "--calibrate", path("calibration.npy"), "--std", "255", "--table", table, "--budget",
            "size=0.5", "--plan", path("plan.json"))
    quietly_train("planned", ["--bits", path("plan.json"), "--from", path("float.pt")])
    with open(path("plan.json")) as file:
        names = list(json.load(file)["layers"])
    every = {name: {"weights": 2 + i, "activations": 8 - i} for i, name in enumerate(names)}
    with open(path("every.json"), "w") as file:
        json.dump({"layers": every}, file)
    quietly_train("every-width", ["--bits", path("every.json"), "--from", path("float.pt")])
    with open(path("wrong.json"), "w") as file:
        json.dump({"layers": {"nowhere": {"weights": 4}}}, file)
    try:
        quietly_train("wrong", ["--bits", path("wrong.json")])
        return False
    except SystemExit as error:
        refused = "no layer nowhere" in str(error)
    good = [check_labels(name, data_set.test_x[:TESTED]) for name in ("planned", "every-width")]
    return refused and all(good)


def main():
    data_set = data.fashion_mnist()
    pictures = data_set.test_x[:TESTED]
    np.save(path("x.npy"), pictures.numpy())
    np.save(path("y.npy"), data_set.test_y[:TESTED].numpy())
    good = True
    for name, options in CASES:
        quietly_train(name, options)
        if name != "float":  # runs only after conversion with calibration pictures: see check_plan
            good = check_labels(name, pictures) and good
    for name in CERTIFIED:
        good = check_certified(name, EPS) and good
    good = check_resume() and good
    good = check_start() and good
    good = check_plan(data_set) and good
    print("training: as promised" if good else "training: NOT as promised")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
