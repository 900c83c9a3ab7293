# SPDX-License-Identifier: Apache-2.0
"""Attacks that others wrote, on the twin: a check of ours. foolbox and torchattacks, from PyPI, where they are installed."""
import sys

import numpy as np
import torch

BATCH = 250


def _foolbox(twin, x, y, eps):
    import foolbox

    attack = foolbox.attacks.LinfPGD(steps=20, rel_stepsize=0.125)
    _, moved, _ = attack(foolbox.PyTorchModel(twin, bounds=(0, 1), device="cpu"), x, y, epsilons=eps)
    return moved


def _torchattacks(twin, x, y, eps):
    import torchattacks

    return torchattacks.APGD(twin, norm="Linf", eps=eps, steps=50, n_restarts=1, loss="ce", eot_iter=1)(x, y)


ATTACKS = {"foolbox": _foolbox, "torchattacks": _torchattacks}


class _OnLevels(torch.nn.Module):
    """The twin as the judges see it: pictures in [0, 1] are rounded to levels, gradients pass."""

    def __init__(self, twin):
        super().__init__()
        self.twin, self.anchor = twin, torch.nn.Parameter(torch.zeros(()))  # tells these packages the device

    def forward(self, x):
        return self.twin(x + (torch.round(x * 255) / 255 - x).detach())


def attack(twin, pictures, targets, eps):
    """{package: uint8 pictures within eps}; a package that is missing is named on stderr."""
    found, model = {}, _OnLevels(twin).eval()
    for name, run in ATTACKS.items():
        moved = []
        try:
            for begin in range(0, len(targets), BATCH):
                x = torch.from_numpy(pictures[begin : begin + BATCH]).float() / 255
                y = torch.from_numpy(np.asarray(targets[begin : begin + BATCH], np.int64))
                levels, centre = torch.round(run(model, x, y, eps / 255) * 255), torch.round(x * 255)
                moved.append(torch.max(torch.min(levels, centre + eps), centre - eps).clamp(0, 255).to(torch.uint8).numpy())
        except ImportError as missing:
            print(f"--independent: {name} is left out: {missing} (pip install {name})", file=sys.stderr)
            continue
        found[name] = np.concatenate(moved)
    return found
