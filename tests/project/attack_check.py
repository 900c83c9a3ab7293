# SPDX-License-Identifier: Apache-2.0
"""See attack.sh, which runs this."""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TRAINING, MODELS, START = (os.path.join(ROOT, "examples", name) for name in ("training", "models", "quickstart"))
sys.path.insert(0, TRAINING)

import numpy as np
import torch

import attack
import attacks
import svg
from scoreboard import Scoreboard

BULWARK, FOLDER = sys.argv[1:]
PICTURES = np.load(os.path.join(START, "fashion-mnist-200-images.npy")).reshape(-1, 1, 28, 28)
LABELS = np.load(os.path.join(START, "fashion-mnist-200-labels.npy")).astype(np.int64)
PLAIN, INTERVAL = os.path.join(MODELS, "fmnist-plain-w4a4.onnx"), os.path.join(START, "fmnist-interval-w4a4.onnx")
good = True


def check(name, holds, figures=""):
    global good
    good = good and bool(holds)
    print(f"{'ok' if holds else 'FAILED'}: {name} {figures}", flush=True)


def evaluation(model, count=200):
    return attack.Evaluation(model, BULWARK, PICTURES[:count], LABELS[:count], 8, tempfile.mkdtemp(dir=FOLDER))


def check_twins():
    for model in sorted(glob.glob(os.path.join(MODELS, "fmnist-*-w*.onnx"))) + [INTERVAL]:
        network = evaluation(model)
        with torch.no_grad():
            twin = network.twin(torch.from_numpy(PICTURES).float() / 255).numpy()
        share = (twin.argmax(1) == network.clean).mean()
        check("the twin answers as the runtime", share >= 0.995, f"{os.path.basename(model)}: {100 * share:.1f} %")


def check_attacks():
    """On a plain network: many steps beat one, and what is said of a picture is what the runtime says of it."""
    torch.manual_seed(0)
    network = evaluation(PLAIN, 100)
    right = network.clean == network.labels
    runs = {"one": network.run(attacks.fgsm), "random": network.run(attacks.random_fgsm), "pgd": network.run(attacks.pgd, steps=10),
            "ce": network.run(attacks.apgd, steps=20, loss="ce"), "dlr": network.run(attacks.apgd, steps=20, loss="dlr"),
            "square": network.square(200, 0)}
    left = {name: (right & ~board.changed).mean() for name, board in runs.items()}
    check("attacks lower the accuracy, many steps more than one", max(left.values()) < right.mean() and max(left["pgd"], left["ce"], left["dlr"]) < left["one"],
          str({name: round(float(share), 2) for name, share in left.items()}))
    for name, board in runs.items():
        away = np.abs(board.worst.astype(int) - PICTURES[:100].astype(int)).max()
        again = network.logits(board.worst).argmax(1) != network.clean
        check(f"{name}: in the box, and changed where it says", away <= 8 and (again[right] == board.changed[right]).all(), f"{away} levels")
    fewer = network.run(attacks.pgd, 2, steps=10)
    check("a smaller eps leaves more", (right & ~fewer.changed).mean() > left["pgd"])
    board = Scoreboard(network.logits, PICTURES[:1], network.clean[:1], 8)
    try:
        board.tried(torch.arange(1), torch.from_numpy(PICTURES[:1]).float().add(9).clamp(0, 255))
        check("a candidate outside of the box is refused", False)
    except ValueError as error:
        check("a candidate outside of the box is refused", "9 levels" in str(error))


def check_apgd():
    check("checkpoints of 100 steps are the paper's", attacks.checkpoints(100)[:9] == [0, 22, 41, 57, 70, 80, 87, 93, 99], str(attacks.checkpoints(100)))
    logits = torch.tensor([[3.0, 1.0, 0.0, -1.0]])
    check("logits ratio", abs(attacks.dlr(logits, torch.tensor([0])).item() + 2 / 3) < 1e-6 and attacks.dlr(logits, torch.tensor([1])).item() > 0)


def check_certificates():
    command = [sys.executable, os.path.join(TRAINING, "attack.py"), INTERVAL, "--bulwark", BULWARK, "--data", os.path.join(START, "fashion-mnist-200-images.npy"),
               "--labels", os.path.join(START, "fashion-mnist-200-labels.npy"), "--samples", "100", "--attacks", "fgsm,apgd-ce,square", "--apgd-steps", "10",
               "--queries", "100", "--certify", "--json", "--per-sample", os.path.join(FOLDER, "samples.csv"), "--save", os.path.join(FOLDER, "moved.npy")]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    report = json.loads(result.stdout)
    check("no certified answer changes", result.returncode == 0 and report["certified"] > 70 and report["violations"] == 0, f"{report['certified']} of 100")
    with open(os.path.join(FOLDER, "samples.csv")) as file:
        check("a line per picture", len(file.readlines()) == 101)
    transfer = json.loads(subprocess.run([BULWARK, "attack", tool_model(), "--data", moved_source(), "--labels", labels_file(), "--method", "transfer", "--adversarial",
                                          os.path.join(FOLDER, "moved.npy"), "--json"], stdout=subprocess.PIPE, text=True, check=True).stdout)
    check("the saved pictures do the same through the tool", abs(transfer["accuracy"] - report["accuracy"]["union"]) < 1e-9, f"{transfer['accuracy']:.3f}")
    # A certificate that is not one is found out.
    network = evaluation(PLAIN, 50)
    network.certified[:] = True
    board = network.run(attacks.fgsm)
    options = attack.arguments([PLAIN, "--certify"])
    found, _, _ = attack.make_report(network, options, {"fgsm": board}, {})
    check("a false certificate is found out", found["violations"] > 5, f"{found['violations']} of 50")


def tool_model():
    model = os.path.join(FOLDER, "interval.bwk")
    subprocess.run([BULWARK, "convert", INTERVAL, "-o", model], check=True, stdout=subprocess.DEVNULL)
    return model


def moved_source():
    np.save(os.path.join(FOLDER, "x.npy"), PICTURES[:100])
    return os.path.join(FOLDER, "x.npy")


def labels_file():
    np.save(os.path.join(FOLDER, "y.npy"), LABELS[:100])
    return os.path.join(FOLDER, "y.npy")


def check_warnings():
    report = {"accuracy": {"fgsm": 0.5, "pgd": 0.4, "apgd-ce": 0.39, "square": 0.41}, "zero_gradients": 0.0, "sweep": {"2": 0.7, "128": 0.0}}
    check("nothing to warn of", attack.warnings(report) == [])
    for words, change in (("masked", {"accuracy": {**report["accuracy"], "square": 0.2}}), ("no gradient", {"zero_gradients": 0.2}),
                          ("weaker than one", {"accuracy": {**report["accuracy"], "fgsm": 0.2}}), ("rises", {"sweep": {"2": 0.4, "8": 0.5, "128": 0.0}}),
                          ("are left", {"sweep": {"2": 0.4, "128": 0.3}})):
        check(f"warns: {words}", any(words in warning for warning in attack.warnings({**report, **change})))


def check_charts():
    check("a chart of nothing but zeros", svg.line_chart({"float": [(0, 0, 0, 0)]}, ["float"], "bits", "right, %").count("<circle") == 1)


def check_report():
    """Two networks, measured once; the second time nothing is measured."""
    models = os.path.join(FOLDER, "models")
    os.makedirs(models)
    for name in ("fmnist-plain-w4a4.onnx", "fmnist-float.onnx"):
        shutil.copy(os.path.join(MODELS, name), models)
    command = [sys.executable, os.path.join(TRAINING, "report.py"), models, "--bulwark", BULWARK, "--cache", os.path.join(FOLDER, "cache"), "--samples", "20",
               "--queries", "20", "--markdown", os.path.join(FOLDER, "r.md"), "--html", os.path.join(FOLDER, "r.html")]
    first, second = (subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2))
    with open(os.path.join(FOLDER, "r.md")) as file:
        text = file.read()
    with open(os.path.join(FOLDER, "r.html")) as file:
        page = file.read()
    check("the report measures what is new, and writes all of it", first.returncode == second.returncode == 0 and first.stderr.count("plain-w4a4") == 5
          and not second.stderr.strip() and "| plain-w4a4 | 1 | 89.3 |" in text and page.count("<svg") >= 5 and "<script" not in page,
          first.stderr[-300:] if first.returncode else "")


def main():
    torch.set_num_threads(1)
    check_twins()
    check_attacks()
    check_apgd()
    check_certificates()
    check_warnings()
    check_charts()
    check_report()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
