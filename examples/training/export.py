# SPDX-License-Identifier: Apache-2.0
"""Writes a trained network as an ONNX graph with QuantizeLinear and DequantizeLinear.

Made node by node: torch.onnx refuses ranges of 4 bits and symmetric weights. 4-bit tensors are INT4 and UINT4 (opset 21);
`qcdq=True` says the same with int8, uint8 and a Clip (opset 13), for older tools. Other widths always need the Clip.
Biases stay float32: an int32 bias at the accumulator's scale is too coarse for few bits.
"""
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper

from bit_plan import graph_name

# Numbers of onnx.proto that older packages have no name for.
UINT4, INT4 = 21, 22
UINT8, INT8 = TensorProto.UINT8, TensorProto.INT8


class _Graph:
    def __init__(self, qcdq):
        self.nodes, self.initializers, self.qcdq = [], [], qcdq

    def constant(self, name, array, data_type=None):
        array = np.asarray(array)
        tensor = TensorProto()
        tensor.name = name
        tensor.dims.extend(array.shape)
        if data_type in (INT4, UINT4):
            tensor.data_type = data_type
            nibbles = array.astype(np.int64).flatten() & 15
            nibbles = np.append(nibbles, np.zeros(len(nibbles) % 2, np.int64)).reshape(-1, 2)
            tensor.raw_data = (nibbles[:, 0] | nibbles[:, 1] << 4).astype(np.uint8).tobytes()
        else:
            kinds = {None: (TensorProto.FLOAT, np.float32), INT8: (INT8, np.int8), UINT8: (UINT8, np.uint8)}
            tensor.data_type, kind = kinds[data_type]
            tensor.raw_data = array.astype(kind).tobytes()
        self.initializers.append(tensor)
        return name

    def node(self, kind, inputs, output, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def quantized(self, x, name, step, lo, hi):
        """QuantizeLinear, a Clip where [lo, hi] is not the whole type, DequantizeLinear."""
        whole4 = (lo, hi) in ((0, 15), (-8, 7)) and not self.qcdq
        data_type = (UINT4 if lo >= 0 else INT4) if whole4 else (UINT8 if lo >= 0 else INT8)
        scale = self.constant(name + "_scale", np.float32(step))
        zero = self.constant(name + "_zero", 0, data_type)
        x = self.node("QuantizeLinear", [x, scale, zero], name + "_levels")
        if not whole4 and (lo, hi) not in ((0, 255), (-128, 127)):
            x = self.node("Clip", [x, self.constant(name + "_lo", lo, data_type),
                                   self.constant(name + "_hi", hi, data_type)], name + "_clipped")
        return self.node("DequantizeLinear", [x, scale, zero], name)

    def weight(self, name, levels, scales, bits):
        data_type = INT4 if bits <= 4 and not self.qcdq else INT8
        w = self.constant(name + "_levels", levels, data_type)
        s = self.constant(name + "_scale", scales.astype(np.float32))
        zero = self.constant(name + "_zero", np.zeros(len(scales), np.int64), data_type)
        return self.node("DequantizeLinear", [w, s, zero], name, axis=0)


def integer_weight(network, layer):
    """(levels, scale of each output channel, bias), batch norm folded in exactly: its factor goes into the scale, its sign into
    the levels."""
    from quantized_network import weight_levels

    w, bias = network.weights[layer.name].detach(), network.biases[layer.name].detach().double().numpy()
    bits = network.weight_bits(layer)
    limit = weight_levels(bits)
    scale = network.weight_scale(layer).detach()
    levels = torch.round((w / scale.view(-1, *([1] * (w.dim() - 1)))).clamp(-limit, limit)).numpy()
    scale = scale.double().numpy()
    if layer.name in network.norms:
        norm = network.norms[layer.name]
        factor = (norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()).detach().numpy()
        bias = norm.bias.detach().double().numpy() + (bias - norm.running_mean.double().numpy()) * factor
        sign = np.where(factor < 0, -1.0, 1.0)
        levels = levels * sign.reshape(-1, *([1] * (levels.ndim - 1)))
        scale = np.maximum(scale * np.abs(factor), 1e-12)
    return levels, scale, bias


def float_weight(network, layer):
    """(weights, bias) with the batch norm folded in."""
    w, bias = network.weights[layer.name].detach(), network.biases[layer.name].detach()
    if layer.name in network.norms:
        norm = network.norms[layer.name]
        factor = norm.weight / (norm.running_var + norm.eps).sqrt()
        w = w * factor.view(-1, *([1] * (w.dim() - 1)))
        bias = norm.bias + (bias - norm.running_mean) * factor
    return w.detach().numpy(), bias.detach().numpy()


def export(network, path, qcdq=False):
    """Writes `network` (in evaluation mode, on the CPU) to `path`. The input is float [1, C, H, W] in [0, 1]."""
    network.eval()
    graph = _Graph(qcdq)
    values = {"input": "input" if network.float_input else graph.quantized("input", "picture", 1 / 255, 0, 255)}
    for layer in network.layers:
        x = [values[name] for name in layer.inputs]
        name = graph_name(layer, network.last)
        if layer.kind == "add":
            y = graph.node("Add", x, name)
        elif layer.kind == "average_pool":
            y = graph.node("GlobalAveragePool", x, name)
        else:
            y = _linear(graph, network, layer, x[0], name)
        if layer.name in network.activations:
            y = _activation(graph, network.activations[layer.name], y, layer.name)
        values[layer.name] = y
    _save(graph, network, path, 13 if qcdq else 21)


def _linear(graph, network, layer, x, out):
    bits = network.weight_bits(layer)
    if bits >= 32:
        w, bias = float_weight(network, layer)
        weight = graph.constant(layer.name + "_weight", w)
    else:
        levels, scale, bias = integer_weight(network, layer)
        weight = graph.weight(layer.name + "_weight", levels, scale, bits)
    bias = graph.constant(layer.name + "_bias", bias)
    if layer.kind == "conv":
        return graph.node("Conv", [x, weight, bias], out, kernel_shape=[layer.kernel] * 2, strides=[layer.stride] * 2,
                          pads=[layer.padding] * 4, group=layer.groups)
    return graph.node("Gemm", [graph.node("Flatten", [x], layer.name + "_flat", axis=1), weight, bias], out, transB=1)


def _activation(graph, activation, x, name):
    if activation.bits < 32:
        return graph.quantized(x, name, activation.step().item(), *activation.limits())
    bound = activation.bound().item()
    low = graph.constant(name + "_low", 0.0 if activation.relu else -bound)
    return graph.node("Clip", [x, low, graph.constant(name + "_high", bound)], name)


def _save(graph, network, path, opset):
    picture = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, *network.shape])
    classes = network.layers[-1].channels
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, classes])
    model = helper.make_model(helper.make_graph(graph.nodes, "bulwark", [picture], [logits], graph.initializers),
                              opset_imports=[helper.make_opsetid("", opset)], producer_name="bulwark-training")
    model.ir_version = 10 if opset >= 21 else 7
    onnx.save(model, path)
