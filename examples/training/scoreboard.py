# SPDX-License-Identifier: Apache-2.0
"""Judges candidates: rounds them to levels, asks the network that ships and remembers, picture by picture, what changed its answer."""
import numpy as np
import torch


class Scoreboard:
    """`logits(uint8 [N, C, H, W]) -> [N, classes]`; `pictures` uint8, `targets` the answers to change, `eps` in levels."""

    def __init__(self, logits, pictures, targets, eps):
        self.logits, self.pictures, self.targets, self.eps = logits, pictures, np.asarray(targets), eps
        self.changed = np.zeros(len(pictures), bool)
        self.worst, self.least = pictures.copy(), np.full(len(pictures), np.inf)
        self.candidates, self.last = 0, None

    def leads(self, index, levels):
        """Lead of the answer over the best other class, and whether the answer changed."""
        logits = self.logits(levels).astype(np.float64)
        rows, target = np.arange(len(index)), self.targets[index]
        changed = logits.argmax(1) != target
        right = logits[rows, target].copy()
        logits[rows, target] = -np.inf
        return right - logits.max(1), changed

    def tried(self, index, z):
        """Torch rows and candidates; which answers still stand. `last` are then the leads of the answers."""
        index, levels = index.numpy(), torch.round(z).to(torch.uint8).numpy()
        away = np.abs(levels.astype(np.int16) - self.pictures[index]).max(initial=0)
        if away > self.eps:
            raise ValueError(f"a candidate is {away} levels from its picture, more than {self.eps}")
        lead, changed = self.leads(index, levels)
        self.candidates, self.last = self.candidates + len(index), torch.from_numpy(lead)
        worse = np.where(changed != self.changed[index], changed, lead < self.least[index])
        self.worst[index[worse]], self.least[index[worse]] = levels[worse], lead[worse]
        self.changed[index] |= changed
        return torch.from_numpy(~changed)
