# SPDX-License-Identifier: Apache-2.0
"""Starts a training from the weights of another network."""
import torch

from bit_plan import bit_plan
from onnx_twin import Twin


def load_weights(network, path):
    """From NET.pt of train.py, or from an ONNX file, whose batch norms are folded already. Returns that network's plan (bit_plan.py), of
    the ONNX file the bits of activations only."""
    if not path.endswith(".onnx"):
        saved = torch.load(path, map_location="cpu")
        network.load_state_dict(saved["network"])
        return bit_plan(network.layers, saved["settings"]["bits"])
    if network.norms:
        raise SystemExit(f"--from {path}: the batch norms of an ONNX file are folded into its weights; train with --no-batch-norm")
    twin = Twin(path)
    linear = [settings[:2] for _, kind, _, settings in twin.steps if kind in ("Conv", "Gemm")]
    clips = [(kind, settings) for _, kind, inputs, settings in twin.steps if kind in ("Quantize", "Clip") and inputs[0] != twin.input]
    shapes = [[tuple(w.shape) for w in weights] for weights in (network.weights.values(), (w for w, _ in linear))]
    if shapes[0] != shapes[1] or len(clips) != len(network.activations):
        raise SystemExit(f"--from {path}: another network: weights {shapes[1]} and {len(clips)} activations; {shapes[0]} and "
                         f"{len(network.activations)} expected")
    plan = {"default": (32, 32)}
    with torch.no_grad():
        for name, (weight, bias) in zip(network.weights, linear):
            network.weights[name].copy_(weight)
            network.biases[name].copy_(bias)
        for (name, activation), (kind, settings) in zip(network.activations.items(), clips):
            if kind == "Quantize":
                scale, lowest, highest, _ = settings
                plan[name] = (32, (highest - lowest).bit_length())
                bound = scale * highest
            else:
                bound = settings[1]
            activation.log_bound.fill_(bound).log_()
    return plan
