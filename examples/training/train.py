#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains one network and writes it as ONNX.

    train.py --data fashion-mnist --network interval-small --recipe interval --eps 8 --bits 4 --output OUT.onnx

Stopped and started again with the same arguments, it goes on after the last finished epoch.
"""
import argparse
import hashlib
import json
import os
import sys
import time

import torch
import torch.nn.functional as F

import data
import recipes
from bit_plan import bit_plan
from networks import NETWORKS
from quantized_network import QuantizedNetwork

RECIPES = {
    # name: settings that the options below override
    "float": dict(bits=32, batch_norm=True),
    "plain": dict(batch_norm=True),
    "paper": dict(batch_norm=True, regularizer="orthogonal", beta=2e-4),
    "true-norm": dict(batch_norm=False, regularizer="norm", beta=0.1, target=2.2, lr=0.05),
    "adversarial-half": dict(batch_norm=True, regularizer="orthogonal", beta=2e-4, adversarial_share=0.5),
    "interval": dict(batch_norm=False, optimizer="adam", lr=2e-3, batch=256, augment=False),
}
DEFAULTS = dict(bits=8, batch_norm=True, regularizer="none", beta=0.0, target=2.2, adversarial_share=0.0, optimizer="sgd",
                lr=0.1, batch=128, augment=True)


def arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=("fashion-mnist", "cifar-10"), default="fashion-mnist")
    parser.add_argument("--network", choices=sorted(NETWORKS), default="small")
    parser.add_argument("--recipe", choices=sorted(RECIPES), default="plain")
    parser.add_argument("--bits", help="8, 4, 3, 2 (weights and activations), W,A, or a plan.json of bulwark search")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--eps", type=float, default=8, help="of attacks and interval bounds, in steps of 1/255 (8)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--beta", type=float, help="weight of the regularizer")
    parser.add_argument("--target", type=float, help="operator norm that --recipe true-norm allows")
    parser.add_argument("--adversarial-share", type=float, help="share of each batch that is attacked, 0..1")
    parser.add_argument("--interval-weight", type=float, default=0.6, help="final share of the worst case in the loss")
    parser.add_argument("--ramp", type=float, default=0.5, help="share of the training in which eps grows")
    parser.add_argument("--attack-steps", type=int, default=1, help="steps of the training attack (1: fast)")
    parser.add_argument("--lr", type=float)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--samples", type=int, help="train on the first N pictures only")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--output", required=True, help="OUT.onnx; OUT.pt and OUT.json are written beside it")
    options = parser.parse_args(argv)
    settings = {**DEFAULTS, **RECIPES[options.recipe]}
    for name, value in vars(options).items():
        if value is not None or name not in settings:
            settings[name] = value
    return argparse.Namespace(**settings)


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
    interval = settings.recipe == "interval"
    initialization = "interval" if interval else "he" if settings.batch_norm else "orthogonal"
    return QuantizedNetwork(layers, data_set.shape, bit_plan(layers, settings.bits), settings.batch_norm,
                            float_input=settings.bits == 32, initialization=initialization)


def make_optimizer(network, settings):
    bounds = [p for name, p in network.named_parameters() if "log_bound" in name]
    kernels = [p for name, p in network.named_parameters() if name.startswith("weights.")]
    others = [p for name, p in network.named_parameters() if not name.startswith("weights.") and "log_bound" not in name]
    decay = 5e-4 if settings.regularizer == "none" else 0.0
    if settings.optimizer == "adam":
        return torch.optim.Adam([{"params": kernels + others}, {"params": bounds, "lr": 2 * settings.lr}], lr=settings.lr)
    return torch.optim.SGD([{"params": kernels, "weight_decay": decay}, {"params": others + bounds}], lr=settings.lr,
                           momentum=0.9, nesterov=True)


def learning_rate(settings, done):
    """Factor on the learning rate after a share `done` of the steps."""
    if settings.optimizer == "adam":
        return 1.0 if done < 0.75 else 0.2 if done < 0.92 else 0.04
    warm = 0.2
    return max(done / warm if done < warm else 0.5 * (1 + torch.cos(torch.tensor(torch.pi * (done - warm) / (1 - warm))).item()), 0.02)


def batch_loss(network, norms, settings, x, y, step, total):
    eps = settings.eps / 255
    if settings.recipe == "interval":
        share = recipes.interval_schedule(step, total, ramp=settings.ramp)
        return recipes.interval_loss(network, x, y, 1.05 * eps, share, settings.interval_weight)
    if settings.adversarial_share > 0:
        count = int(len(x) * settings.adversarial_share)
        now = eps * min(1.0, 2 * step / total + 0.2)
        if settings.attack_steps == 1:
            moved = recipes.attacked(network, x[:count], y[:count], now)
        else:
            moved = recipes.attacked_pgd(network, x[:count], y[:count], now, settings.attack_steps)
        x = torch.cat([moved, x[count:]])
    logits = network(x)
    loss = F.cross_entropy(logits, y)
    if settings.regularizer == "orthogonal":
        loss = loss + settings.beta / 2 * recipes.orthogonality(network)
    elif settings.regularizer == "norm":
        loss = loss + settings.beta / 2 * norms.excess(settings.target)
    return loss, logits


def evaluate(network, x, y, device, batch=500):
    network.eval()
    right = 0
    with torch.no_grad():
        for begin in range(0, len(x), batch):
            logits = network(x[begin : begin + batch].to(device).float() / 255)
            right += (logits.argmax(1).cpu() == y[begin : begin + batch]).sum().item()
    return right / len(x)


def main(argv=None):
    settings = arguments(argv)
    torch.set_num_threads(settings.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(settings.seed)
    data_set = data.load(settings.data)
    base = os.path.splitext(settings.output)[0]
    os.makedirs(os.path.dirname(os.path.abspath(base)), exist_ok=True)
    network = make_network(settings, data_set).to(settings.device)
    optimizer = make_optimizer(network, settings)
    norms = recipes.OperatorNorms(network)
    count = min(settings.samples or len(data_set.train_x), len(data_set.train_x))
    steps = count // settings.batch
    total, first = steps * settings.epochs, 0
    identity = {key: value for key, value in vars(settings).items() if key not in ("threads", "device", "output")}
    run = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    checkpoint = base + ".part.pt"
    if os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location=settings.device)
        if saved["run"] == run:
            network.load_state_dict(saved["network"])
            optimizer.load_state_dict(saved["optimizer"])
            torch.set_rng_state(saved["random"].cpu())
            first = saved["epochs"]
    progress, start = Progress(), time.time()
    rates = [group["lr"] for group in optimizer.param_groups] if first == 0 else saved["rates"]
    for epoch in range(first, settings.epochs):
        network.train()
        order = torch.randperm(count)
        losses, right = 0.0, 0
        for i in range(steps):
            index = order[i * settings.batch : (i + 1) * settings.batch]
            x = data_set.train_x[index].to(settings.device).float() / 255
            y = data_set.train_y[index].to(settings.device)
            if settings.augment:
                x = data.augment(x, 4 if settings.data == "cifar-10" else 0)
            step = epoch * steps + i
            for group, rate in zip(optimizer.param_groups, rates):
                group["lr"] = rate * learning_rate(settings, step / total)
            loss, logits = batch_loss(network, norms, settings, x, y, step, total)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0 if settings.recipe == "interval" else 5.0)
            optimizer.step()
            losses += loss.item()
            right += (logits.argmax(1) == y).sum().item()
            if i % 20 == 0:
                progress.step(f"epoch {epoch + 1}/{settings.epochs}, batch {i + 1}/{steps}, loss {losses / (i + 1):.3f}")
        progress.epoch(f"epoch {epoch + 1}/{settings.epochs}: loss {losses / steps:.3f}, train accuracy "
                       f"{100 * right / (steps * settings.batch):.1f} %, {time.time() - start:.0f} s")
        torch.save({"run": run, "epochs": epoch + 1, "network": network.state_dict(), "rates": rates,
                    "optimizer": optimizer.state_dict(), "random": torch.get_rng_state()}, checkpoint + ".new")
        os.replace(checkpoint + ".new", checkpoint)
    seconds = time.time() - start
    accuracy = evaluate(network, data_set.test_x, data_set.test_y, settings.device)
    torch.save({"settings": vars(settings), "network": network.cpu().state_dict()}, base + ".pt")
    from export import export

    export(network, base + ".onnx")
    if os.path.exists(checkpoint):
        os.remove(checkpoint)
    report = {"settings": identity, "clean": accuracy, "seconds": round(seconds), "torch": torch.__version__}
    with open(base + ".json", "w") as file:
        json.dump(report, file, indent=1)
    print(json.dumps({"output": base + ".onnx", "clean": accuracy}))


if __name__ == "__main__":
    main()
