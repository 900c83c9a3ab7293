# SPDX-License-Identifier: Apache-2.0
"""Writes small .tflite files operator by operator and records what LiteRT's reference kernels answer."""

import os

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as s
from ai_edge_litert.interpreter import Interpreter, OpResolverType

FOLDER = os.path.dirname(os.path.abspath(__file__))
TYPES = {"float32": s.TensorType.FLOAT32, "float16": s.TensorType.FLOAT16, "int8": s.TensorType.INT8,
         "uint8": s.TensorType.UINT8, "int4": s.TensorType.INT4, "int16": s.TensorType.INT16,
         "int32": s.TensorType.INT32, "int64": s.TensorType.INT64, "bool": s.TensorType.BOOL,
         "resource": s.TensorType.RESOURCE}
ACTIVATIONS = {"none": 0, "relu": 1, "relu_n1_to_1": 2, "relu6": 3, "tanh": 4}
VERSIONS = {s.BuiltinOperator.CONV_2D: 3, s.BuiltinOperator.DEPTHWISE_CONV_2D: 3, s.BuiltinOperator.FULLY_CONNECTED: 4,
            s.BuiltinOperator.BROADCAST_TO: 2}
CASES = 3


def packed_int4(values):
    flat = np.append(values.ravel(), np.zeros(values.size % 2, np.int8)).astype(np.int8)
    return ((flat[0::2] & 15) | ((flat[1::2] & 15) << 4)).astype(np.uint8)


class Model:
    """A model under construction. Tensors are named by their number; every random number comes from the model's name."""

    def __init__(self, name):
        self.name = name
        self.rng = np.random.default_rng(abs(hash_of(name)))
        self.tensors, self.operators, self.codes, self.buffers = [], [], [], [s.BufferT()]
        self.inputs, self.outputs = [], []
        self.old_codes = False        # as files before 2020: deprecated_builtin_code alone
        self.more_graphs = []         # names of further, empty subgraphs
        self.initializer = None       # (tensors, operators) of the subgraph that gives variables their first values
        self.buffers_outside = False  # constants behind the FlatBuffer, as in files above 2 GiB

    def tensor(self, dtype, shape, scale=None, zero=0, axis=0, data=None, name=None, signature=None):
        t = s.TensorT()
        t.name = (name or f"t{len(self.tensors)}").encode()
        t.type = TYPES[dtype]
        t.shape = [int(d) for d in shape]
        t.shapeSignature = signature
        t.buffer = 0
        if data is not None:
            raw = packed_int4(data) if dtype == "int4" else np.ascontiguousarray(data, dtype)
            buffer = s.BufferT()
            buffer.data = np.frombuffer(raw.tobytes(), np.uint8)
            t.buffer = len(self.buffers)
            self.buffers.append(buffer)
        if scale is not None:
            q = s.QuantizationParametersT()
            q.scale = np.atleast_1d(np.asarray(scale, np.float32))
            q.zeroPoint = np.broadcast_to(np.asarray(zero, np.int64), q.scale.shape).copy()
            q.quantizedDimension = axis
            t.quantization = q
        self.tensors.append(t)
        return len(self.tensors) - 1

    def input(self, dtype, shape, scale=None, zero=0, **more):
        self.inputs.append(self.tensor(dtype, shape, scale, zero, **more))
        return self.inputs[-1]

    def constant(self, dtype, data, scale=None, zero=0, axis=0):
        return self.tensor(dtype, np.shape(data), scale, zero, axis, data)

    def variable(self, dtype, shape, scale=None, zero=0):
        """A tensor that its operator updates in place."""
        number = self.tensor(dtype, shape, scale, zero)
        self.tensors[number].isVariable = True
        return number

    def resource(self, key, initial=None, scale=None, zero=0):
        """A handle of a resource variable, whose first value a subgraph assigns."""
        def handle():
            return self.operator("VAR_HANDLE", [], "VarHandleOptions", container=b"", sharedName=key.encode())

        if initial is not None:
            if self.initializer is None:
                self.operators.insert(0, self.operator("CALL_ONCE", [], "CallOnceOptions", initSubgraphIndex=1))
                self.operators[0].outputs = []
                self.initializer = ([], [])
            main, self.tensors = self.tensors, self.initializer[0]
            make = handle()
            make.outputs = [self.tensor("resource", (1,))]
            value = self.constant(initial.dtype.name, initial, scale, zero)
            assign = self.operator("ASSIGN_VARIABLE", [make.outputs[0], value])
            assign.outputs = []
            self.initializer[1].extend([make, assign])
            self.tensors = main
        made = handle()
        made.outputs = [self.tensor("resource", (1,))]
        self.operators.append(made)
        return made.outputs[0]

    def assign(self, handle, value):
        o = self.operator("ASSIGN_VARIABLE", [handle, value])
        o.outputs = []
        self.operators.append(o)

    def operator(self, kind, inputs, options=None, **fields):
        """An operator without outputs that belongs to no subgraph yet."""
        code = getattr(s.BuiltinOperator, kind)
        if code not in self.codes:
            self.codes.append(code)
        o = s.OperatorT()
        o.opcodeIndex = self.codes.index(code)
        o.inputs = inputs
        if options:
            o.builtinOptionsType = getattr(s.BuiltinOptions, options)
            o.builtinOptions = getattr(s, options + "T")()
            for key, value in fields.items():
                setattr(o.builtinOptions, key, value)
        return o

    def op(self, kind, inputs, dtype="int8", scale=None, zero=0, options=None, outputs=1, shape=(1,), **fields):
        """Adds an operator. `options` names its table ("Conv2DOptions"), `fields` are that table's. Gives the number of its
        output, or a list where there are several (scale and zero may then be lists)."""
        o = self.operator(kind, inputs, options, **fields)
        pick = lambda v, i: v[i] if isinstance(v, (list, tuple)) else v
        made = [self.tensor(pick(dtype, i), shape, pick(scale, i), pick(zero, i)) for i in range(outputs)]
        o.outputs = made
        self.operators.append(o)
        return made[0] if outputs == 1 else made

    def file(self):
        model = s.ModelT()
        model.version = 3
        model.description = b"made by tests/corpus/tflite/make.py"
        model.operatorCodes = []
        for number in self.codes:
            code = s.OperatorCodeT()
            code.deprecatedBuiltinCode = min(number, 127)
            code.builtinCode = 0 if self.old_codes else number
            code.customCode = b"Mystery" if number == s.BuiltinOperator.CUSTOM else None
            code.version = VERSIONS.get(number, 1)
            model.operatorCodes.append(code)
        graph = s.SubGraphT()
        graph.name = b"main"
        graph.tensors, graph.operators = self.tensors, self.operators
        graph.inputs, graph.outputs = self.inputs, self.outputs
        model.subgraphs = [graph]
        if self.initializer:
            first = s.SubGraphT()
            first.name, first.inputs, first.outputs = b"initialize", [], []
            first.tensors, first.operators = self.initializer
            model.subgraphs.append(first)
        for name in self.more_graphs:
            other = s.SubGraphT()
            other.name, other.tensors, other.operators, other.inputs, other.outputs = name.encode(), [], [], [], []
            model.subgraphs.append(other)
        model.buffers = self.buffers
        if self.buffers_outside:
            return self.file_with_outside_buffers(model)
        return packed(model)

    def file_with_outside_buffers(self, model):
        blobs = [bytes(b.data) if b.data is not None else b"" for b in self.buffers]
        for b, blob in zip(self.buffers, blobs):
            if blob:
                b.data, b.offset, b.size = None, 1 << 20, len(blob)
        start = (len(packed(model)) + 15) // 16 * 16
        tail = b""
        for b, blob in zip(self.buffers, blobs):
            if blob:
                b.offset = start + len(tail)
                tail += blob + bytes(-len(blob) % 16)
        file = packed(model).ljust(start, b"\0") + tail
        for b, blob in zip(self.buffers, blobs):
            if blob:
                b.data, b.offset, b.size = np.frombuffer(blob, np.uint8), 0, 0
        return file

    def save(self, *outputs, low=None, high=None):
        """Marks the outputs, records CASES runs with random inputs (floats in [low, high]) and writes NAME.tflite and
        NAME.cases: for every run all inputs, then all outputs, as raw little-endian elements."""
        self.outputs = list(outputs)
        runner = Interpreter(model_content=self.file(), experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
                             experimental_preserve_all_tensors=True)
        runner.allocate_tensors()
        for detail in runner.get_tensor_details():
            if detail["index"] < len(self.tensors) and self.tensors[detail["index"]].buffer == 0:
                self.tensors[detail["index"]].shape = [int(d) for d in detail["shape"]]
        recorded = b""
        for case in range(CASES):
            for detail in runner.get_input_details():
                value = self.sample(detail, low, high, case)
                runner.set_tensor(detail["index"], value)
                recorded += value.tobytes()
            runner.invoke()
            for detail in runner.get_output_details():
                recorded += np.ascontiguousarray(runner.get_tensor(detail["index"])).tobytes()
        for name, data in ((self.name + ".tflite", self.file()), (self.name + ".cases", recorded)):
            with open(os.path.join(FOLDER, name), "wb") as f:
                f.write(data)

    def save_unrun(self, *outputs):
        """Marks the outputs and writes NAME.tflite, which no kernel runs."""
        self.outputs = list(outputs)
        with open(os.path.join(FOLDER, self.name + ".tflite"), "wb") as f:
            f.write(self.file())

    def sample(self, detail, low, high, case):
        dtype, shape = detail["dtype"], detail["shape"]
        if dtype == np.float32:
            lo, hi = (-1.0 if low is None else low), (1.0 if high is None else high)
            return self.rng.uniform(lo, hi, shape).astype(np.float32)
        info = np.iinfo(dtype)
        if case == CASES - 1:  # the ends of the type
            return self.rng.choice([info.min, info.max], shape).astype(dtype)
        return self.rng.integers(info.min, info.max + 1, shape).astype(dtype)

    # What most models need.

    def weights(self, shape, kind="int8", axis=0, per_channel=True, scale=0.013):
        """(tensor, scales) of random weights: int8, int4, or uint8 with a zero point."""
        if kind == "uint8":
            return self.constant("uint8", self.rng.integers(0, 256, shape), scale, 121), np.float32([scale])
        top = 7 if kind == "int4" else 127
        data = self.rng.integers(-top, top + 1, shape).astype(np.int8)
        scales = np.float32([scale])
        if per_channel:
            scales = np.float32(scale * self.rng.uniform(0.5, 1.5, shape[axis]))
        return self.constant(kind, data, scales, 0, axis), scales

    def bias(self, channels, x_scale, w_scales, reach=3000):
        data = self.rng.integers(-reach, reach + 1, channels)
        return self.constant("int32", data, np.float32(x_scale) * w_scales, 0)

    def linear(self, kind, x, x_scale, w_shape, options, axis=0, weights="int8", per_channel=True, bias=True,
               out_scale=None, out_zero=-7, depth=None, dtype="int8", **fields):
        """A convolution or product whose results spread over the output's levels."""
        w, scales = self.weights(w_shape, weights, axis, per_channel)
        channels = w_shape[axis]
        depth = depth or int(np.prod(w_shape)) // channels
        steps = {"int4": 4.3, "uint8": 74.0}.get(weights, 74.0)
        if out_scale is None:
            out_scale = float(x_scale * np.mean(scales) * np.sqrt(depth) * 74 * steps / 45)
        inputs = [x, w] + ([self.bias(channels, x_scale, scales)] if bias else [])
        return self.op(kind, inputs, dtype, out_scale, out_zero, options, **fields), out_scale


def hash_of(name):
    value = 2166136261
    for byte in name.encode():
        value = (value ^ byte) * 16777619 % (1 << 32)
    return value


def packed(model):
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
