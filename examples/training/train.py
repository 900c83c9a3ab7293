#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains one network and writes it as ONNX.

    train.py --data fashion-mnist --network interval-small --recipe interval --eps 8 --bits 4 --output OUT.onnx

Stopped and started again with the same arguments, it goes on after the last finished epoch.
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

# Settings that say where and how fast, not what.
NOT_IDENTITY = ("threads", "device", "output", "compile")


class Progress:
    """One line that is rewritten, on a terminal; one line per epoch elsewhere."""

    def __init__(self):
        self.terminal = sys.stderr.isatty()

    def step(self, text):
        print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)

    def epoch(self, text):
        print(f"\r{text}\x1b[K" if self.terminal else text, file=sys.stderr, flush=True)


def memory_format(settings):
    """16-bit convolutions are quicker with the channels last."""
    return torch.channels_last if settings.bfloat16 else torch.contiguous_format


def make_network(settings, data_set):
    layers = NETWORKS[settings.network](data_set.shape, 10)
    settings.plan = bit_plan(layers, settings.bits)
    initialization = "interval" if settings.interval != "none" else "he" if settings.batch_norm else "orthogonal"
    network = QuantizedNetwork(layers, data_set.shape, settings.plan, settings.batch_norm, float_input=settings.bits == 32,
                               initialization=initialization)
    if settings.source:
        network.source_plan = load_weights(network, settings.source)
    return network.to(settings.device, memory_format=memory_format(settings))


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


def train_epoch(training, loss_of, settings, x, y, progress):
    """One pass over the pictures x (uint8, on the device); returns (mean loss, accuracy on the pictures as they were given)."""
    network, optimizer = training.network, training.optimizer
    network.train()
    order = torch.randperm(len(x)).to(x.device)
    steps = len(x) // settings.batch
    losses_sum, right = torch.zeros((), device=x.device), torch.zeros((), device=x.device)
    for i in range(steps):
        index = order[i * settings.batch : (i + 1) * settings.batch]
        pictures = data.augment(x[index], settings.shift) if settings.augment else x[index]
        done = (training.epochs * steps + i) / (settings.epochs * steps)
        for group, rate in zip(optimizer.param_groups, training.rates):
            group["lr"] = rate * losses.learning_rate(settings, done)
        # clone, because contiguous() leaves pictures of one channel as they are, and the strides tell convolutions the format.
        pictures = (pictures.float() / 255).clone(memory_format=memory_format(settings))
        loss, logits = loss_of(pictures, y[index], done)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0 if settings.interval != "none" else 5.0)
        optimizer.step()
        if training.average:
            training.average.update(network)
        losses_sum += loss.detach()
        right += (logits.detach().argmax(1) == y[index]).sum()
        if progress.terminal and i % 20 == 0:
            progress.step(f"epoch {training.epochs + 1}/{settings.epochs}, batch {i + 1}/{steps}, loss {losses_sum.item() / (i + 1):.3f}")
    return losses_sum.item() / steps, right.item() / (steps * settings.batch)


def finish(training, settings, identity, base, seconds, x, y):
    """Evaluates on the test pictures, writes the checkpoint, the ONNX file and the report."""
    from export import export

    network = training.network
    if training.average:
        network.load_state_dict(training.average.state)
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
    if settings.source and training.epochs == 0:
        ranges.fit_bounds(network, network.source_plan, x[:256].float() / 255)
    loss_of, progress, start = losses.Loss(network, settings), Progress(), time.time()
    while training.epochs < settings.epochs:
        loss, accuracy = train_epoch(training, loss_of, settings, x, y, progress)
        training.epochs += 1
        progress.epoch(f"epoch {training.epochs}/{settings.epochs}: loss {loss:.3f}, train accuracy {100 * accuracy:.1f} %, "
                       f"{time.time() - start:.0f} s")
        training.save(checkpoint)
    finish(training, settings, identity, base, time.time() - start, test_x, test_y)
    if os.path.exists(checkpoint):
        os.remove(checkpoint)


if __name__ == "__main__":
    main()
