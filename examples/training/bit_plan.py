# SPDX-License-Identifier: Apache-2.0
"""Bits per layer: a number, "W,A", or the plan that `bulwark search` writes."""
import json


def bit_plan(layers, bits):
    """{layer: (weight bits, activation bits), "default": ...}. The first layer's weights and the last layer's have at least 8
    bits, as in the papers, unless a plan says otherwise. A dict is a plan that was made before."""
    if isinstance(bits, dict):
        return {name: tuple(pair) for name, pair in bits.items()}
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


def graph_name(layer, last):
    """Name of the layer's node in the exported graph, by which a plan calls it."""
    if layer.kind == "average_pool":
        return layer.name + "_mean"
    if layer.kind == "add":
        return layer.name + "_sum"
    return "logits" if layer.name == last else layer.name + "_real"


def _from_plan(layers, path):
    """{"layers": {"conv1_real": {"weights": 4, "activations": 4}, ...}}; what it does not name has 8 bits."""
    with open(path) as file:
        entries = dict(json.load(file)["layers"])
    plan = bit_plan(layers, 8)
    for layer in layers:
        entry = entries.pop(graph_name(layer, layers[-1].name), None)
        if entry is None:
            continue
        weights = int(entry.get("weights", 8)) if layer.kind in ("conv", "linear") else 8
        activations = int(entry.get("activations", 8))
        if not (2 <= weights <= 8 and 2 <= activations <= 8):
            raise SystemExit(f"{path}: {graph_name(layer, layers[-1].name)}: {weights} and {activations} bits; must be 2 to 8")
        plan[layer.name] = (weights, activations)
    if entries:
        names = ", ".join(graph_name(layer, layers[-1].name) for layer in layers)
        raise SystemExit(f"{path}: no layer {', '.join(entries)} in this network; its layers are: {names}")
    return plan
