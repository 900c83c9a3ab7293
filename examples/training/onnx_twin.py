# SPDX-License-Identifier: Apache-2.0
"""The twin: a quantized ONNX network as PyTorch computes it, with gradients.

Reads what export.py writes (and graphs like it: QuantizeLinear, Clip, DequantizeLinear around Conv, Gemm, Add, Relu and global
average pools), also with packages that do not know INT4. Rounding passes gradients straight through; clamping stops them.
"""
import numpy as np
import onnx
import onnx.numpy_helper
import torch
import torch.nn.functional as F

# data_type of onnx.proto -> (NumPy type of raw_data, lowest, highest); 21 and 22 are UINT4 and INT4, two to a byte.
_INTEGERS = {2: (np.uint8, 0, 255), 3: (np.int8, -128, 127), 6: (np.int32, None, None), 7: (np.int64, None, None),
             21: (np.uint8, 0, 15), 22: (np.uint8, -8, 7)}


def _array(tensor):
    """(values as float64 or int64, integer range or None)."""
    if tensor.data_type == 1:
        return onnx.numpy_helper.to_array(tensor).astype(np.float64), None
    if tensor.data_type not in _INTEGERS:
        raise ValueError(f"tensor '{tensor.name}': data type {tensor.data_type} is not one of float32, int4..int64")
    kind, lo, hi = _INTEGERS[tensor.data_type]
    count = int(np.prod(tensor.dims))
    if tensor.raw_data:
        values = np.frombuffer(tensor.raw_data, kind).astype(np.int64)
    else:
        values = np.array(tensor.int64_data if tensor.data_type == 7 else tensor.int32_data, np.int64)
    if tensor.data_type in (21, 22):
        values = np.stack([values & 15, values >> 4 & 15], 1).reshape(-1)[:count]
        values = np.where(values > hi, values - 16, values)
    return values.reshape(tuple(tensor.dims)), (lo, hi)


class _Quantize(torch.autograd.Function):
    """scale * (clamp(round(x / scale), lo, hi)), levels counted from the zero point. `through`: gradients pass the clamp, too."""

    @staticmethod
    def forward(ctx, x, scale, lo, hi, through):
        ctx.save_for_backward(None if through else (x >= lo * scale) & (x <= hi * scale))
        return torch.div(x, scale).round_().clamp_(lo, hi).mul_(scale)

    @staticmethod
    def backward(ctx, gradient):
        (inside,) = ctx.saved_tensors
        return gradient if inside is None else gradient * inside, None, None, None, None


def _pair(values, name):
    if len(set(values)) > 1:
        raise ValueError(f"node '{name}': {list(values)} differ; one number for all sides expected")
    return values[0]


class Twin(torch.nn.Module):
    """x: [N, C, H, W] in [0, 1] -> logits [N, classes]. `quantized`: False for a float network."""

    def __init__(self, path):
        super().__init__()
        graph = onnx.load(path).graph
        self.constants, self.ranges = {}, {}
        for tensor in graph.initializer:
            values, self.ranges[tensor.name] = _array(tensor)
            self.constants[tensor.name] = values
        self.input, self.logits = graph.input[0].name, graph.output[0].name
        self.shape = tuple(d.dim_value for d in graph.input[0].type.tensor_type.shape.dim)[1:]
        self.steps, self.quantized, pending = [], False, {}
        for node in graph.node:
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            if node.op_type == "DequantizeLinear" and node.input[0] in self.constants:
                self._dequantize_constant(node, attributes)
            elif node.op_type == "QuantizeLinear":
                zero = node.input[2]
                pending[node.output[0]] = [node.input[0], float(self.constants[node.input[1]]), int(self.constants[zero]), *self.ranges[zero]]
            elif node.op_type == "Clip" and node.input[0] in pending:
                source, scale, zero, lo, hi = pending[node.input[0]]
                pending[node.output[0]] = [source, scale, zero, max(lo, int(self.constants[node.input[1]])),
                                           min(hi, int(self.constants[node.input[2]]))]
            elif node.op_type == "DequantizeLinear":
                source, scale, zero, lo, hi = pending[node.input[0]]
                # Pictures lie inside their levels, many pixels at an end: a clamp would take those pixels' gradients.
                self.steps.append((node.output[0], "Quantize", [source], (scale, lo - zero, hi - zero, source == self.input)))
                self.quantized = True
            else:
                self._append(node, attributes)

    def _dequantize_constant(self, node, attributes):
        values, scale = self.constants[node.input[0]], self.constants[node.input[1]]
        zero = self.constants[node.input[2]] if len(node.input) > 2 else np.zeros_like(scale)
        if scale.ndim:
            shape = [1] * values.ndim
            shape[attributes.get("axis", 1)] = -1
            scale, zero = scale.reshape(shape), zero.reshape(shape)
        self.constants[node.output[0]] = (values - zero) * scale

    def _constant(self, name):
        return torch.tensor(self.constants[name], dtype=torch.float32)

    def _append(self, node, attributes):
        kind, inputs, output = node.op_type, list(node.input), node.output[0]
        if kind == "Conv":
            bias = self._constant(inputs[2]) if len(inputs) > 2 else None
            settings = [_pair(attributes.get(key, [default]), output) for key, default in (("strides", 1), ("pads", 0), ("dilations", 1))]
            arguments = (self._constant(inputs[1]), bias, *settings, attributes.get("group", 1))
        elif kind == "Gemm":
            w = self._constant(inputs[1])
            arguments = (w if attributes.get("transB", 0) else w.t(), self._constant(inputs[2]) if len(inputs) > 2 else None)
        elif kind == "Clip":
            arguments = (float(self.constants[inputs[1]]), float(self.constants[inputs[2]]))
        elif kind in ("Add", "Relu", "GlobalAveragePool", "Flatten"):
            arguments = ()
        else:
            raise ValueError(f"node '{node.name}': operator {kind} is not known to the twin")
        self.steps.append((output, kind, inputs if kind == "Add" else inputs[:1], arguments))

    def forward(self, x, taps=None):
        """`taps`, a dict, receives what each layer hands on: quantized tensors, and clipped ones of a float network."""
        values = {self.input: x}
        for output, kind, inputs, arguments in self.steps:
            a = values[inputs[0]]
            if kind == "Quantize":
                y = _Quantize.apply(a, *arguments)
            elif kind == "Conv":
                y = F.conv2d(a, *arguments)
            elif kind == "Gemm":
                y = F.linear(a, *arguments)
            elif kind == "Clip":
                y = a.clamp(*arguments)
            elif kind == "Add":
                y = a + values[inputs[1]]
            elif kind == "Relu":
                y = a.relu()
            elif kind == "GlobalAveragePool":
                y = a.mean((2, 3), keepdim=True)
            else:
                y = a.flatten(1)
            values[output] = y
            if taps is not None and (kind in ("Quantize", "Clip", "Relu") or output == self.logits):
                taps[output] = y
        return values[self.logits]
