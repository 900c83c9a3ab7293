# SPDX-License-Identifier: Apache-2.0
"""The state of a training: what it needs to go on where it was stopped."""
import hashlib
import json
import os

import torch

from losses import make_optimizer


class Average:
    """Running average of the weights and of what batch norms have seen."""

    def __init__(self, network, decay):
        self.decay, self.steps = decay, 0
        self.state = {name: value.clone() for name, value in network.state_dict().items()}
        self.share = torch.zeros((), device=next(iter(self.state.values())).device)

    def advance(self):
        """Before each update(): a number of its own, because a recorded step only does what is done on the device."""
        self.steps += 1
        self.share.fill_(1 - min(self.decay, self.steps / (self.steps + 9)))  # short at first, so that the start is forgotten

    def update(self, network):
        with torch.no_grad():
            for name, value in network.state_dict().items():
                if value.is_floating_point():
                    self.state[name].lerp_(value, self.share)
                else:
                    self.state[name].copy_(value)


class Training:
    """Everything that an interrupted training needs to go on: weights, optimizer, averages, random numbers, epochs done."""

    def __init__(self, settings, network, identity):
        self.network = network
        self.optimizer = make_optimizer(network, settings)
        self.rates = [float(group["lr"]) for group in self.optimizer.param_groups]
        self.average = Average(network, settings.average) if settings.average > 0 else None
        self.run = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
        self.on_gpu = settings.device.startswith("cuda")
        self.epochs = 0

    def load(self, path):
        if not os.path.exists(path):
            return
        saved = torch.load(path, map_location="cpu")
        if saved["run"] != self.run:
            return
        self.network.load_state_dict(saved["network"])
        rates = [group["lr"] for group in self.optimizer.param_groups]
        self.optimizer.load_state_dict(saved["optimizer"])
        for group, rate in zip(self.optimizer.param_groups, rates):
            group["lr"] = rate  # set anew at each step, on the device where they are tensors
        if self.average:
            for name, value in saved["average"].items():
                self.average.state[name].copy_(value)
            self.average.steps = saved["averaged"]
        torch.set_rng_state(saved["random"])
        if saved["device_random"] is not None:
            torch.cuda.set_rng_state(saved["device_random"])
        self.epochs = saved["epochs"]

    def save(self, path):
        torch.save({"run": self.run, "epochs": self.epochs, "network": self.network.state_dict(),
                    "optimizer": self.optimizer.state_dict(), "average": self.average.state if self.average else None,
                    "averaged": self.average.steps if self.average else 0, "random": torch.get_rng_state(),
                    "device_random": torch.cuda.get_rng_state() if self.on_gpu else None}, path + ".new")
        os.replace(path + ".new", path)
