# SPDX-License-Identifier: Apache-2.0
"""Bits per layer: a number, "W,A", or the plan that `bulwark search` writes."""
import json


def bit_plan(layers, bits):
    """{layer: (weight bits, activation bits), "default": ...}. The first layer's weights and the last layer's have at least 8
    bits, as in the papers, unless a plan says otherwise."""
    if isinstance(bits, str) and bits.endswith(".json"):
        return _from_plan(layers, bits)
    if isinstance(bits, str) and "," in bits:
        weights, activations = (int(part) for part in bits.split(","))
    else:
        weights = activations = int(bits)
    linear = [layer.name for layer in layers if layer.kind in ("conv", "linear")]
    plan = {"default": (weights, activations)}
    for name in linear:
        plan[name] = (max(8, weights) if name in (linear[0], linear[-1]) else weights, activations)
    return plan


def _from_plan(layers, path):
    """A plan lists layers by the names that the exported graph gives them: {"layers": [{"name", "weights", "activations"}]}."""
    with open(path) as file:
        entries = {entry["name"]: entry for entry in json.load(file)["layers"]}
    plan = bit_plan(layers, 8)
    for layer in layers:
        if layer.name in entries and layer.name in plan:
            entry = entries[layer.name]
            plan[layer.name] = (int(entry["weights"]), int(entry["activations"]))
    return plan
