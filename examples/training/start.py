# SPDX-License-Identifier: Apache-2.0
"""Starts a training from the weights of another network."""
import torch

from bit_plan import bit_plan
from onnx_twin import Twin


def load_weights(network, path):
    """From NET.pt of train.py, or from an ONNX file that it wrote, whose batch norms are folded already. Returns that network's plan
    (bit_plan.py), of the ONNX file the bits of activations only."""
    if not path.endswith(".onnx"):
        saved = torch.load(path, map_location="cpu")
        network.load_state_dict(saved["network"])
        return bit_plan(network.layers, saved["settings"]["bits"])
    if network.norms:
        raise SystemExit(f"--from {path}: the batch norms of an ONNX file are folded into its weights; train with --no-batch-norm")
    twin = Twin(path)
    bounds, plan = {}, {"default": (32, 32)}
    for output, kind, _, settings in twin.steps:
        if kind == "Quantize":
            scale, lowest, highest, _ = settings
            bounds[output], plan[output] = scale * highest, (32, (highest - lowest).bit_length())
        elif kind == "Clip":
            bounds[output] = settings[1]
    with torch.no_grad():
        for name in network.weights:
            for target, found in ((network.weights[name], f"{name}_weight"), (network.biases[name], f"{name}_bias")):
                value = twin.constants.get(found)
                if value is None or value.shape != target.shape:
                    raise SystemExit(f"--from {path}: no {found} of shape {list(target.shape)}")
                target.copy_(torch.from_numpy(value))
        for name, activation in network.activations.items():
            if name in bounds:
                activation.log_bound.fill_(bounds[name]).log_()
    return plan
