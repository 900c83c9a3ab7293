#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains one network and writes it as ONNX.

    train.py --data fashion-mnist --network interval-small --recipe interval --eps 8 --bits 4 --output OUT.onnx

Stopped and started again with the same arguments, it goes on after the last epoch it kept.
"""
import json
import os
import sys
import time

import torch

import data
import losses
import ranges
import recipes
from bit_plan import bit_plan
from networks import NETWORKS
from options import arguments
from quantized_network import QuantizedNetwork
from start import load_weights
from state import Training
from step import Step

# Settings that say where and how fast, not what.
NOT_IDENTITY = ("threads", "device", "output", "compile", "record")
SAVE_SECONDS = 10  # a checkpoint at most so often: an epoch can take less than a second


class Progress:
    """One line that is rewritten, on a terminal; one line per epoch elsewhere."""

    def __init__(self):
        self.terminal = sys.stderr.isatty()

    def step(self, text):
        if self.terminal:
            print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)

    def epoch(self, text):
        print(f"\r{text}\x1b[K" if self.terminal else text, file=sys.stderr, flush=True)


def make_network(settings, data_set):
    layers = NETWORKS[settings.network](data_set.shape, 10)
    settings.plan = bit_plan(layers, settings.bits)
    initialization = "interval" if settings.interval != "none" else "he" if settings.batch_norm else "orthogonal"
    network = QuantizedNetwork(layers, data_set.shape, settings.plan, settings.batch_norm, float_input=settings.bits == 32,
                               initialization=initialization, clip_weights=settings.clip_weights)
    network.source_plan = load_weights(network, settings.source) if settings.source else {"default": (32, 32)}
    return network.to(settings.device, memory_format=torch.channels_last if settings.bfloat16 else torch.contiguous_format)


def evaluate(network, x, y, eps=None, batch=500):
    """Accuracy; with eps, (accuracy, share of pictures that interval bounds prove to keep their right label)."""
    network.eval()
    right = proven = 0
    with torch.no_grad():
        for begin in range(0, len(x), batch):
            pictures, labels = x[begin : begin + batch].float() / 255, y[begin : begin + batch]
            if eps is None:
                logits = network(pictures)
            else:
                logits, above = network.margins_above(pictures, *recipes.box(pictures, eps), labels)
                above.scatter_(1, labels[:, None], -1.0)
                proven += (above.amax(1) < 0).sum()
            right += (logits.argmax(1) == labels).sum()
    accuracy = right.item() / len(x)
    return accuracy if eps is None else (accuracy, proven.item() / len(x))


def train_epoch(training, step, settings, samples, progress):
    """One pass over the pictures; returns (mean loss, accuracy on the pictures as they were given)."""
    training.network.train()
    order = torch.randperm(samples).to(settings.device)
    steps = samples // settings.batch
    losses_sum = right = 0.0
    for i in range(steps):
        step.run(order[i * settings.batch : (i + 1) * settings.batch], (training.epochs * steps + i) / (settings.epochs * steps))
        if i + 1 == steps or progress.terminal and i % 20 == 0:
            now = step.totals()
            losses_sum, right = losses_sum + now[0], right + now[1]
            progress.step(f"epoch {training.epochs + 1}/{settings.epochs}, batch {i + 1}/{steps}, loss {losses_sum / (i + 1):.3f}")
    return losses_sum / steps, right / (steps * settings.batch)


def recalibrate(network, x, batch=500):
    """Batch norms learn the statistics of the averaged weights: quantized, those are other weights than any that were trained."""
    for norm in network.norms.values():
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over all batches
    network.train()
    with torch.no_grad():
        for begin in range(0, len(x), batch):
            network(x[begin : begin + batch].float() / 255)
    for norm in network.norms.values():
        norm.momentum = 0.1


def finish(training, settings, identity, base, seconds, train_x, x, y):
    """Evaluates on the test pictures, writes the checkpoint, the ONNX file and the report."""
    from export import export

    network = training.network
    if training.average:
        network.load_state_dict(training.average.state)
        recalibrate(network, train_x)
    report = {"settings": identity, "seconds": round(seconds), "torch": torch.__version__, "clean": evaluate(network, x, y)}
    if settings.interval != "none":
        report["certified"] = evaluate(network, x, y, settings.eps / 255)[1]
    saved = {**vars(settings), "bits": settings.plan if settings.bits != 32 else 32}
    torch.save({"settings": saved, "network": network.cpu().state_dict()}, base + ".pt")
    export(network, base + ".onnx")
    with open(base + ".json", "w") as file:
        json.dump(report, file, indent=1)
    print(json.dumps({"output": base + ".onnx", **{key: report[key] for key in ("clean", "certified") if key in report}}))


def main(argv=None):
    settings = arguments(argv, __doc__.splitlines()[0])
    torch.set_num_threads(settings.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(settings.seed)
    data_set = data.load(settings.data)
    base = os.path.splitext(settings.output)[0]
    os.makedirs(os.path.dirname(os.path.abspath(base)), exist_ok=True)
    network = make_network(settings, data_set)
    identity = {key: value for key, value in vars(settings).items() if key not in NOT_IDENTITY}
    training = Training(settings, network, identity)
    checkpoint = base + ".part.pt"
    training.load(checkpoint)
    x, y, test_x, test_y = (tensor.to(settings.device) for tensor in (
        data_set.train_x[: settings.samples], data_set.train_y[: settings.samples],
        data_set.test_x[: settings.test_samples], data_set.test_y[: settings.test_samples]))
    if training.epochs == 0 and (settings.source or settings.fit_bounds):
        ranges.fit_bounds(network, network.source_plan, x[:256].float() / 255)
    step, progress = Step(training, losses.Loss(network, settings), settings, x, y), Progress()
    start = saved = time.time()
    while training.epochs < settings.epochs:
        loss, accuracy = train_epoch(training, step, settings, len(x), progress)
        training.epochs += 1
        progress.epoch(f"epoch {training.epochs}/{settings.epochs}: loss {loss:.3f}, train accuracy {100 * accuracy:.1f} %, "
                       f"{time.time() - start:.0f} s")
        if time.time() - saved > SAVE_SECONDS or settings.device == "cpu":
            training.save(checkpoint)
            saved = time.time()
    finish(training, settings, identity, base, time.time() - start, x, test_x, test_y)
    if os.path.exists(checkpoint):
        os.remove(checkpoint)


if __name__ == "__main__":
    main()
