# SPDX-License-Identifier: Apache-2.0
"""The loss of one batch for every recipe, and the learning rate along the training."""
import contextlib
import math

import torch
import torch.nn.functional as F

import recipes


@contextlib.contextmanager
def under_attack(network, smooth):
    """Pictures are attacked as the network will run, with the running statistics of its batch norms; only they have gradients. With
    `smooth`, activations are clipped but not rounded on the way: a network of few bits that learns to hide its weak spots between its
    levels gains nothing by it."""
    norms = [module for module in network.modules() if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)]
    for norm in norms:
        norm.eval()
    network.requires_grad_(False)
    for activation in network.activations.values():
        activation.rounds = not smooth
    yield
    for activation in network.activations.values():
        activation.rounds = True
    network.requires_grad_(True)
    for norm in norms:
        norm.train()


class Loss:
    """After set_progress(done), `done` the share of the training that lies behind (0..1): loss(x, y) -> (loss, logits). What changes along
    the training are numbers in tensors, so that a recorded or compiled step follows them; but `half` (16-bit convolutions)."""

    def __init__(self, network, settings):
        self.network, self.settings = network, settings
        self.norms = recipes.OperatorNorms(network)
        self.half = False
        self.eps, self.attack_eps, self.weight = (torch.zeros((), device=settings.device) for _ in range(3))
        self.forward, self.interval_loss = network, recipes.interval_loss
        if settings.compile and hasattr(torch, "compile"):
            self.forward = torch.compile(network, dynamic=False)
            self.interval_loss = torch.compile(recipes.interval_loss, dynamic=False)

    def set_progress(self, done):
        s = self.settings
        self.half = s.bfloat16 and done < 0.9
        if s.interval == "none":
            self.attack_eps.fill_(s.eps / 255 * min(1.0, 2 * done + 0.2))
            return
        share = recipes.interval_schedule(done, s.warm, s.ramp)
        eps = s.eps_factor * s.eps / 255 * share
        small = s.interval == "small-box"
        self.eps.fill_(s.box_part * eps if small else eps)
        self.attack_eps.fill_((1 - s.box_part) * eps if small else eps)
        self.weight.fill_(s.interval_weight if small else s.interval_weight * share)

    def __call__(self, x, y):
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.half):
            loss, logits = (self._plain if self.settings.interval == "none" else self._interval)(x, y)
        return loss + self._regularizer(), logits

    def _attacked(self, x, y):
        eps = self.attack_eps
        with under_attack(self.network, self.settings.smooth_attack):
            if self.settings.attack_steps == 1:
                return recipes.attacked(self.forward, x, y, eps)
            return recipes.attacked_pgd(self.forward, x, y, eps, self.settings.attack_steps)

    def _plain(self, x, y):
        s = self.settings
        if s.adversarial_share > 0:
            count = int(len(x) * s.adversarial_share)
            moved = self._attacked(x[:count], y[:count])
            x = torch.cat([moved, x[count:]])
        logits = self.forward(x)
        return F.cross_entropy(logits, y, label_smoothing=s.smoothing), logits

    def _interval(self, x, y):
        middle = x
        if self.settings.interval != "box":
            x = self._attacked(x, y)
        if self.settings.interval == "small-box":
            middle = x  # the box around an attacked picture replaces the whole one
        lo, hi = recipes.box(middle, self.eps)
        return self.interval_loss(self.network, x, lo, hi, y, self.weight, self.settings.smoothing)

    def _regularizer(self):
        s = self.settings
        total = 0.0
        if s.regularizer == "orthogonal":
            total = s.beta / 2 * recipes.orthogonality(self.network)
        elif s.regularizer == "norm":
            total = s.beta / 2 * self.norms.excess(s.target)
        if s.l1 > 0:
            total = total + s.l1 * sum(w.abs().sum() for w in self.network.weights.values())
        return total


def learning_rate(settings, done):
    """Factor on the learning rate after a share `done` of the steps."""
    if settings.optimizer == "adam":
        whole = 0.6  # until eps has been at its end for a while, then a cosine
        return 1.0 if done < whole else max(0.01, 0.5 * (1 + math.cos(math.pi * (done - whole) / (1 - whole))))
    warm = 0.2
    return max(done / warm if done < warm else 0.5 * (1 + math.cos(math.pi * (done - warm) / (1 - warm))), 0.02)


def make_optimizer(network, settings):
    """Where steps are recorded (step.py), learning rates are tensors on the device."""
    adam = settings.optimizer == "adam"
    rate, faster = (lambda value: value), {}
    if settings.record:
        rate, faster = (lambda value: torch.tensor(float(value), device=settings.device)), {"fused": True}
        if adam:
            faster["capturable"] = True
    bounds = [p for name, p in network.named_parameters() if "log_bound" in name]
    kernels = [p for name, p in network.named_parameters() if name.startswith("weights.")]
    others = [p for name, p in network.named_parameters() if not name.startswith("weights.") and "log_bound" not in name]
    groups = [{"params": kernels, "lr": rate(settings.lr), "weight_decay": settings.decay}, {"params": others, "lr": rate(settings.lr)},
              {"params": bounds, "lr": rate(settings.lr * (2 if adam else 1))}]
    if adam:
        return torch.optim.Adam(groups, **faster)
    return torch.optim.SGD(groups, lr=settings.lr, momentum=0.9, nesterov=True, **faster)
