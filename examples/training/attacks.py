# SPDX-License-Identifier: Apache-2.0
"""Attacks with gradients, and random squares, on pictures of 256 levels.

Pictures are float tensors [N, C, H, W] of levels 0..255, eps is a number of levels; y are the answers to change. An attack calls
`tried(index, z)` with every candidate (index: rows of x) and gets back which answers still stand: the others are done and leave
the batch. What a candidate does is decided by the scorer, which rounds it and asks the network that ships, not by the gradients.
"""
import math

import torch
import torch.nn.functional as F


class Gradients:
    """Loss of each picture and its gradient in the levels. Levels are rounded on the way in, as the scorer does."""

    def __init__(self, network):
        self.network = network

    def __call__(self, z, y, loss="ce"):
        z = z.detach().requires_grad_(True)
        logits = self.network((z + (torch.round(z) - z).detach()) / 255)
        losses = F.cross_entropy(logits, y, reduction="none") if loss == "ce" else dlr(logits, y)
        (gradient,) = torch.autograd.grad(losses.sum(), z)
        return losses.detach(), gradient


def dlr(logits, y):
    """Difference of logits ratio (Croce and Hein 2020, equation 3): does not change when all logits are scaled."""
    top, order = logits.sort(1)
    right = logits.gather(1, y[:, None])[:, 0]
    other = torch.where(order[:, -1] == y, top[:, -2], top[:, -1])
    return -(right - other) / (top[:, -1] - top[:, -3] + 1e-12)


def project(z, x, eps):
    return torch.max(torch.min(z, x + eps), x - eps).clamp(0, 255)


def fgsm(gradients, x, y, eps, tried):
    """Goodfellow et al. 2015, equation 4.1."""
    tried(torch.arange(len(x)), project(x + eps * gradients(x, y)[1].sign(), x, eps))


def random_fgsm(gradients, x, y, eps, tried):
    """Half the radius in a random direction first (Tramer et al. 2018, section 4.1)."""
    start = (x + eps / 2 * torch.randn_like(x).sign()).clamp(0, 255)
    tried(torch.arange(len(x)), project(start + eps / 2 * gradients(start, y)[1].sign(), x, eps))


def pgd(gradients, x, y, eps, tried, steps=20, restarts=1):
    """Madry et al. 2018: from random starts, steps of 2.5 eps / steps."""
    standing = torch.arange(len(x))
    for _ in range(restarts):
        index = standing
        z = (x[index] + torch.empty_like(x[index]).uniform_(-eps, eps)).clamp(0, 255)
        for _ in range(steps):
            z = project(z + 2.5 * eps / steps * gradients(z, y[index])[1].sign(), x[index], eps)
            keep = tried(index, z)
            index, z = index[keep], z[keep]
            if len(index) == 0:
                return
        standing = index


def checkpoints(steps):
    """When APGD looks whether to halve its step: Croce and Hein 2020, section 3.1."""
    p = [0.0, 0.22]
    while p[-1] < 1:
        p.append(p[-1] + max(p[-1] - p[-2] - 0.03, 0.06))
    return [math.ceil(round(share * steps, 6)) for share in p if share <= 1]


def apgd(gradients, x, y, eps, tried, steps=50, restarts=1, loss="ce"):
    """Auto-PGD (Croce and Hein 2020, algorithm 1): momentum 0.75; the step, 2 eps at first, is halved, and the search goes back to
    its best point, where fewer than 3/4 of the steps since the last checkpoint gained, or neither step nor best loss moved there."""
    standing = torch.arange(len(x))
    for _ in range(restarts):
        noise = torch.empty_like(x[standing]).uniform_(-1, 1)
        z = project(x[standing] + eps * noise / noise.abs().flatten(1).amax(1)[:, None, None, None], x[standing], eps)
        standing = _apgd_run(gradients, x, y, eps, tried, steps, loss, standing, z)
        if len(standing) == 0:
            return


def _apgd_run(gradients, x, y, eps, tried, steps, loss, index, z):
    """One start; the rows whose answers still stand."""
    losses, gradient = gradients(z, y[index], loss)
    wide = lambda values: values[:, None, None, None]
    s = {"index": index, "z": z, "before": z, "loss": losses, "gradient": gradient, "best": z, "best_loss": losses, "best_gradient": gradient,
         "size": torch.full((len(z),), 2.0 * eps), "gains": torch.zeros(len(z)), "halved": torch.ones(len(z), dtype=torch.bool),
         "best_then": losses}
    marks, last = checkpoints(steps), 0
    for k in range(steps):
        x_now, y_now = x[s["index"]], y[s["index"]]
        moved = project(s["z"] + wide(s["size"]) * s["gradient"].sign(), x_now, eps)
        if k > 0:
            moved = project(s["z"] + 0.75 * (moved - s["z"]) + 0.25 * (s["z"] - s["before"]), x_now, eps)
        keep = tried(s["index"], moved)
        s["before"], s["z"] = s["z"], moved
        s = {name: value[keep] for name, value in s.items()}
        if len(s["index"]) == 0:
            break
        losses, s["gradient"] = gradients(s["z"], y_now[keep], loss)
        s["gains"] = s["gains"] + (losses > s["loss"])
        s["loss"] = losses
        better = losses > s["best_loss"]
        s["best_loss"] = torch.where(better, losses, s["best_loss"])
        for name, value in (("best", s["z"]), ("best_gradient", s["gradient"])):
            s[name] = torch.where(wide(better), value, s[name])
        if k + 1 in marks:
            stuck = ~s["halved"] & (s["best_then"] >= s["best_loss"])
            halve = (s["gains"] < 0.75 * (k + 1 - last)) | stuck
            s["size"] = torch.where(halve, s["size"] / 2, s["size"])
            s["z"] = torch.where(wide(halve), s["best"], s["z"])
            s["before"] = torch.where(wide(halve), s["best"], s["before"])
            s["gradient"] = torch.where(wide(halve), s["best_gradient"], s["gradient"])
            s["loss"] = torch.where(halve, s["best_loss"], s["loss"])
            s["halved"], s["best_then"], s["gains"], last = halve, s["best_loss"], torch.zeros(len(halve)), k + 1
    return s["index"]


def square_share(first, query, queries):
    """Share of the picture that a square covers (Andriushchenko et al. 2020, section 3): halved at fixed points of 10,000 queries."""
    done = 10000 * query // queries
    return first / 2 ** sum(done > mark for mark in (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000))


def square(x, eps, tried, lead, queries=5000, first=0.3):
    """Random squares, for networks that `bulwark attack` does not run. `lead()`: of the last candidates' answers over the best other."""
    n, channels, height, width = x.shape
    index = torch.arange(n)
    ends = lambda *shape: torch.randint(0, 2, shape, dtype=x.dtype) * 2 - 1
    best = project(x + eps * ends(n, channels, 1, width), x, eps)
    keep, least = tried(index, best), lead()
    rows, columns = torch.arange(height), torch.arange(width)
    for query in range(1, queries):
        index, best, least = index[keep], best[keep], least[keep]
        if len(index) == 0:
            return
        side = max(1, round(math.sqrt(square_share(first, query, queries) * height * width)))
        top = torch.randint(0, height - min(side, height) + 1, (len(index), 1))
        left = torch.randint(0, width - min(side, width) + 1, (len(index), 1))
        inside = ((rows >= top) & (rows < top + side))[:, None, :, None] & ((columns >= left) & (columns < left + side))[:, None, None, :]
        moved = torch.where(inside, project(x[index] + eps * ends(len(index), channels, 1, 1), x[index], eps), best)
        keep, now = tried(index, moved), lead()
        better = now < least
        best, least = torch.where(better[:, None, None, None], moved, best), torch.where(better, now, least)
