# SPDX-License-Identifier: Apache-2.0
"""One step of a training: loss, gradients, new weights.

On a GPU a network this small spends its time between the kernels, so the step is recorded once as a CUDA graph and replayed; whatever
changes from step to step stands in tensors that the graph reads.
"""
import torch

import data
import losses

WARM_UP = 3  # steps before one is recorded: PyTorch chooses its kernels, and optimizers make their state, at the first ones


class Step:
    """run(index, done) trains on the pictures x[index]; x is uint8 [N, C, H, W] on the device."""

    def __init__(self, training, loss_of, settings, x, y):
        self.training, self.loss_of, self.settings = training, loss_of, settings
        self.x, self.y = x, y
        self.index = torch.zeros(settings.batch, dtype=torch.long, device=x.device)
        self.loss, self.right = torch.zeros((), device=x.device), torch.zeros((), device=x.device)
        self.clip = 10.0 if settings.interval != "none" else 5.0
        # 16-bit convolutions are quicker with the channels last.
        self.memory_format = torch.channels_last if settings.bfloat16 else torch.contiguous_format
        self.graphs, self.steps = {}, {}

    def totals(self):
        """(sum of losses, right answers) since the last call."""
        sums = self.loss.item(), self.right.item()
        self.loss.zero_()
        self.right.zero_()
        return sums

    def run(self, index, done):
        self.index.copy_(index)
        self.loss_of.set_progress(done)
        for group, rate in zip(self.training.optimizer.param_groups, self.training.rates):
            self._set_rate(group, rate * losses.learning_rate(self.settings, done))
        if self.training.average:
            self.training.average.advance()
        if not self.settings.record:
            return self._work()
        # One graph for each precision of the convolutions.
        half = self.loss_of.half
        if half not in self.graphs:
            self.steps[half] = self.steps.get(half, 0) + 1
            if self.steps[half] <= WARM_UP:
                return self._aside()
            self.graphs[half] = self._record()
        self.graphs[half].replay()

    @staticmethod
    def _set_rate(group, rate):
        if torch.is_tensor(group["lr"]):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate

    def _work(self):
        s, network, optimizer = self.settings, self.training.network, self.training.optimizer
        pictures, labels = self.x[self.index], self.y[self.index]
        if s.augment:
            pictures = data.augment(pictures, s.shift)
        # clone, because contiguous() leaves pictures of one channel as they are, and the strides tell convolutions the format.
        pictures = (pictures.float() / 255).clone(memory_format=self.memory_format)
        loss, logits = self.loss_of(pictures, labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), self.clip)
        optimizer.step()
        if self.training.average:
            self.training.average.update(network)
        self.loss += loss.detach()
        self.right += (logits.detach().argmax(1) == labels).sum()

    def _aside(self):
        """A step on a stream of its own, as CUDA graphs ask for before they are recorded."""
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            self._work()
        torch.cuda.current_stream().wait_stream(stream)

    def _record(self):
        graph = torch.cuda.CUDAGraph()
        self.training.optimizer.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph):
            self._work()
        return graph
