# SPDX-License-Identifier: Apache-2.0
"""Where a network that was trained with wide activations begins when it gets few bits."""
import torch

STEPS = 40


def best_bound(x, levels, lo):
    """The bound of least squared error for x clipped to [lo / levels * bound, bound] and rounded to multiples of bound / levels."""
    largest = x.abs().max().clamp_min(1e-6)
    best, least = largest, None
    for i in range(1, STEPS + 1):
        step = largest * i / STEPS / levels
        error = (torch.round(x / step).clamp(lo, levels) * step - x).square().mean()
        if least is None or error < least:
            best, least = largest * i / STEPS, error
    return best


def fit_bounds(network, source_plan, x):
    """Sets the bounds of activations that have fewer bits than in source_plan (bit_plan.py) by what the pictures x ([N, C, H, W] in
    [0, 1]) make of them, from the first layer to the last: each sees what the ones before it, and weights of few bits, leave."""

    def fit(activation, inputs):
        lo, levels = activation.limits()
        activation.log_bound.copy_(best_bound(inputs[0].float(), levels, lo).log())

    narrow = [activation for name, activation in network.activations.items()
              if activation.bits < source_plan.get(name, source_plan["default"])[1]]
    if not narrow:
        return
    hooks = [activation.register_forward_pre_hook(fit) for activation in narrow]
    network.train()  # batch norms by these pictures: their running statistics are of other weights
    with torch.no_grad():
        network(x)
    for hook in hooks:
        hook.remove()
