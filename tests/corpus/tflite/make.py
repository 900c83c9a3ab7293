# SPDX-License-Identifier: Apache-2.0
"""Makes the models of this folder and records LiteRT's answers: python make.py [NAME...] in an environment with
ai-edge-litert and numpy (bench/peers has the versions). The tests need the files alone.

A model's name says what the test holds: float_* is compared as real numbers, hybrid_* loosely (its reference rounds
activations at run time), net_* may be 2 steps off, refused_* must not convert, everything else is one operator and at most 1
step off. To add one: a function that begins with the operator's name.
"""

import os
import sys

import numpy as np

from ai_edge_litert import schema_py_generated as s
from tflite_file import ACTIVATIONS, FOLDER, Model

X = 0.037  # scale of inputs
SAME, VALID = 0, 1


def conv_fields(padding=SAME, stride=(1, 1), dilation=(1, 1), activation="none"):
    return dict(padding=padding, strideH=stride[0], strideW=stride[1], dilationHFactor=dilation[0],
                dilationWFactor=dilation[1], fusedActivationFunction=ACTIVATIONS[activation])


def one_conv(name, x_shape, w_shape, kind="CONV_2D", dtype="int8", zero=11, old=False, outside=False, **more):
    linear = {k: more.pop(k) for k in ("weights", "per_channel", "bias", "out_scale", "out_zero") if k in more}
    fields = conv_fields(**more)
    m = Model(name)
    m.old_codes, m.buffers_outside = old, outside
    x = m.input(dtype, x_shape, X, zero)
    if kind == "CONV_2D":
        y, _ = m.linear(kind, x, X, w_shape, "Conv2DOptions", dtype=dtype, **linear, **fields)
    else:
        fields["depthMultiplier"] = w_shape[3] // x_shape[3]
        y, _ = m.linear(kind, x, X, w_shape, "DepthwiseConv2DOptions", axis=3, dtype=dtype, **linear, **fields)
    m.save(y)


def conv():
    one_conv("conv_same", (1, 7, 9, 3), (5, 3, 3, 3))
    one_conv("conv_same_even_stride", (1, 8, 11, 3), (4, 3, 4, 3), stride=(2, 3))
    one_conv("conv_valid_stride_relu", (1, 9, 8, 5), (4, 2, 3, 5), padding=VALID, stride=(2, 1), activation="relu")
    one_conv("conv_dilated_relu6", (1, 11, 10, 2), (3, 3, 3, 2), dilation=(2, 3), activation="relu6", out_scale=0.05)
    one_conv("conv_per_tensor_n1_to_1", (1, 5, 6, 4), (6, 3, 1, 4), per_channel=False, activation="relu_n1_to_1",
             out_scale=0.017, out_zero=3)
    one_conv("conv_uint8", (1, 6, 7, 3), (5, 3, 3, 3), dtype="uint8", weights="uint8", zero=131, out_zero=117)
    one_conv("conv_uint8_relu6", (1, 6, 7, 3), (5, 1, 2, 3), dtype="uint8", weights="uint8", zero=7, padding=VALID,
             activation="relu6", out_scale=0.0235294, out_zero=0)
    one_conv("conv_int4", (1, 5, 6, 7), (3, 3, 3, 7), weights="int4")
    one_conv("conv_grouped", (1, 6, 5, 6), (4, 3, 3, 3))
    one_conv("conv_batch", (3, 4, 3, 5), (4, 2, 2, 5))
    one_conv("conv_old_codes", (1, 4, 5, 2), (3, 2, 2, 2), old=True)
    one_conv("conv_outside_buffers", (1, 4, 5, 2), (3, 2, 2, 2), outside=True)
    m = Model("conv_dynamic_batch")
    x = m.input("int8", (1, 5, 4, 3), X, 0, signature=[-1, 5, 4, 3])
    m.save(m.linear("CONV_2D", x, X, (2, 3, 3, 3), "Conv2DOptions", **conv_fields())[0])


def depthwise_conv():
    kind = "DEPTHWISE_CONV_2D"
    one_conv("depthwise_conv_same", (1, 7, 6, 5), (1, 3, 3, 5), kind)
    one_conv("depthwise_conv_multiplier_stride", (1, 9, 8, 3), (1, 3, 2, 9), kind, stride=(2, 2), activation="relu")
    one_conv("depthwise_conv_dilated", (1, 11, 9, 4), (1, 3, 3, 4), kind, dilation=(2, 2), padding=VALID)
    one_conv("depthwise_conv_uint8", (1, 5, 6, 4), (1, 5, 5, 4), kind, dtype="uint8", weights="uint8", zero=120,
             out_zero=130, activation="relu6", out_scale=0.03)
    one_conv("depthwise_conv_int4", (1, 6, 6, 5), (1, 3, 3, 5), kind, weights="int4")
    one_conv("depthwise_conv_per_tensor", (1, 5, 4, 6), (1, 2, 3, 6), kind, per_channel=False, bias=False)


def fully_connected():
    def one(name, x_shape, rows, dtype="int8", zero=-9, keep=False, signature=None, activation="none", **linear):
        m = Model(name)
        x = m.input(dtype, x_shape, X, zero, signature=signature)
        depth = linear.pop("depth", x_shape[-1])
        y, _ = m.linear("FULLY_CONNECTED", x, X, (rows, depth), "FullyConnectedOptions", dtype=dtype, keepNumDims=keep,
                        fusedActivationFunction=ACTIVATIONS[activation], **linear)
        m.save(y)

    one("fully_connected", (1, 37), 11, per_channel=False)
    one("fully_connected_per_channel_relu", (3, 19), 6, activation="relu")
    one("fully_connected_keep_dims", (2, 3, 13), 5, keep=True)
    one("fully_connected_flattens", (1, 2, 3, 4), 7, depth=24, per_channel=False)
    one("fully_connected_int4", (2, 33), 5, weights="int4")
    one("fully_connected_uint8", (2, 21), 9, dtype="uint8", weights="uint8", zero=111, out_zero=140)
    one("fully_connected_no_bias", (1, 17), 4, bias=False, per_channel=False)
    one("fully_connected_dynamic_batch", (1, 15), 6, signature=[-1, 15], per_channel=False)


def batch_matmul():
    for name, x_shape, w_shape, fields in (("batch_matmul", (1, 5, 7), (7, 6), {}),
                                           ("batch_matmul_adjoint", (3, 7, 4), (3, 5, 7), dict(adjX=True, adjY=True))):
        m = Model(name)
        x = m.input("int8", x_shape, X, 5)
        w = m.constant("int8", m.rng.integers(-127, 128, w_shape), 0.02)
        m.save(m.op("BATCH_MATMUL", [x, w], scale=0.11, zero=4, options="BatchMatMulOptions", **fields))


def add():
    def one(name, a_shape, b_shape, dtype="int8", zeros=(3, -20, 5), activation="none", scale=0.05, constant=False):
        m = Model(name)
        a = m.input(dtype, a_shape, X, zeros[0])
        if constant:
            info = np.iinfo(dtype)
            b = m.constant(dtype, m.rng.integers(info.min, info.max + 1, b_shape), 0.0211, zeros[1])
        else:
            b = m.input(dtype, b_shape, 0.0211, zeros[1])
        m.save(m.op("ADD", [a, b], dtype, scale, zeros[2], "AddOptions",
                    fusedActivationFunction=ACTIVATIONS[activation]))

    one("add", (1, 5, 4, 7), (1, 5, 4, 7))
    one("add_relu", (1, 3, 5, 3), (1, 3, 5, 3), activation="relu", zeros=(0, 0, -128), scale=0.03)
    one("add_relu6_uint8", (2, 11), (2, 11), "uint8", (128, 100, 10), "relu6", scale=0.0241)
    one("add_constant", (1, 4, 3, 5), (5,), constant=True)


def pools():
    for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
        def one(suffix, shape, filter_size, stride, padding, dtype="int8", zero=9, activation="none"):
            m = Model(kind.lower() + suffix)
            x = m.input(dtype, shape, X, zero)
            m.save(m.op(kind, [x], dtype, X, zero, "Pool2DOptions", padding=padding, filterHeight=filter_size[0],
                        filterWidth=filter_size[1], strideH=stride[0], strideW=stride[1],
                        fusedActivationFunction=ACTIVATIONS[activation]))

        one("_same", (1, 7, 8, 5), (3, 2), (2, 2), SAME)
        one("_valid_relu", (2, 6, 7, 3), (2, 3), (1, 2), VALID, activation="relu")
        one("_uint8_relu6", (1, 5, 5, 6), (5, 5), (1, 1), SAME, "uint8", 90, "relu6")


def mean():
    for name, keep in (("mean", False), ("mean_keep_dims", True)):
        m = Model(name)
        x = m.input("int8", (1, 5, 7, 6), X, 13)
        axes = m.constant("int32", [1, 2])
        m.save(m.op("MEAN", [x, axes], scale=0.011, zero=-3, options="ReducerOptions", keepDims=keep))


def movement():
    m = Model("reshape")
    x = m.input("int8", (1, 4, 3, 5), X, 9)
    m.save(m.op("RESHAPE", [x, m.constant("int32", [-1, 10])], scale=X, zero=9))
    m = Model("reshape_by_options")
    x = m.input("uint8", (1, 6, 5), X, 9)
    m.save(m.op("RESHAPE", [x], "uint8", X, 9, "ReshapeOptions", newShape=[2, 15]))
    m = Model("squeeze")
    x = m.input("int8", (1, 4, 1, 5), X, 9)
    m.save(m.op("SQUEEZE", [x], scale=X, zero=9, options="SqueezeOptions", squeezeDims=[-2]))
    m = Model("expand_dims")
    x = m.input("int8", (3, 5), X, 9)
    m.save(m.op("EXPAND_DIMS", [x, m.constant("int32", [-2])], scale=X, zero=9))
    m = Model("transpose")
    x = m.input("int8", (2, 3, 4, 5), X, 9)
    m.save(m.op("TRANSPOSE", [x, m.constant("int32", [0, 3, 1, 2])], scale=X, zero=9))
    m = Model("pad")
    x = m.input("int8", (1, 4, 3, 5), X, 9)
    m.save(m.op("PAD", [x, m.constant("int32", [[0, 0], [1, 2], [0, 3], [1, 0]])], scale=X, zero=9))
    m = Model("padv2_uint8")
    x = m.input("uint8", (1, 4, 3, 2), X, 9)
    m.save(m.op("PADV2", [x, m.constant("int32", [[0, 0], [1, 1], [2, 0], [0, 0]]), m.constant("uint8", 9, X, 9)],
                "uint8", X, 9))
    m = Model("padv2_value")
    x = m.input("int8", (1, 4, 3, 2), X, 9)
    m.save(m.op("PADV2", [x, m.constant("int32", [[0, 0], [1, 1], [2, 0], [0, 3]]), m.constant("int8", -77, X, 9)],
                "int8", X, 9))
    for name, dtype, scales in (("concatenation", "int8", (X, X, X)), ("concatenation_uint8", "uint8", (X, 0.05, 0.06))):
        m = Model(name)
        zero = 9 if dtype == "int8" else 99
        a = m.input(dtype, (1, 4, 3, 5), scales[0], zero)
        b = m.input(dtype, (1, 4, 3, 2), scales[1], zero)
        m.save(m.op("CONCATENATION", [a, b], dtype, scales[2], zero, "ConcatenationOptions", axis=-1))


def one_moved(name, kind, shape, *extra, dtype="int8", options=None, outputs=1, first=True, zero=9, out=(1,),
              **fields):
    """An operator that moves elements of one input; `extra` are the values of its constant inputs."""
    m = Model(name)
    x = m.input(dtype, shape, X, zero)
    constants = [m.constant("int32", e) for e in extra]
    y = m.op(kind, [x] + constants if first else constants + [x], dtype, X, zero, options, outputs, out, **fields)
    m.save(*([y] if outputs == 1 else y))


def slices():
    def strided(name, shape, begin, end, strides, dtype="int8", **masks):
        fields = dict(beginMask=0, endMask=0, ellipsisMask=0, newAxisMask=0, shrinkAxisMask=0)
        fields.update(masks)
        one_moved("strided_slice" + name, "STRIDED_SLICE", shape, begin, end, strides, dtype=dtype,
                  options="StridedSliceOptions", **fields)

    one_moved("slice", "SLICE", (2, 5, 4, 3), [1, 1, 0, 2], [1, 3, -1, 1], options="SliceOptions", out=(1, 3, 4, 1))
    one_moved("slice_uint8", "SLICE", (3, 7), [0, 2], [-1, 4], dtype="uint8", out=(3, 4))
    strided("", (1, 7, 8, 3), [0, 1, 2, 0], [1, 6, 8, 3], [1, 2, 3, 1])
    strided("_masks", (2, 7, 8, 3), [1, 5, 5, 1], [2, 1, 7, 9], [1, 1, 1, 1], beginMask=2, endMask=4, shrinkAxisMask=1)
    strided("_backwards", (1, 6, 5), [0, -1, 3], [1, -7, 0], [1, -2, -1], "uint8")
    strided("_ellipsis", (2, 3, 4, 5), [1, 0, -2], [2, 0, -1], [1, 1, 1], ellipsisMask=2, shrinkAxisMask=4)
    strided("_new_axis", (3, 4), [0, 0, 1], [0, 3, 4], [1, 2, 1], newAxisMask=1)
    strided("_last", (1, 9, 4), [0, -1, 0], [0, 0, 4], [1, 1, 1], beginMask=1, endMask=1, shrinkAxisMask=2)
    one_moved("split", "SPLIT", (1, 4, 3, 6), -1, options="SplitOptions", outputs=3, first=False, numSplits=3)
    one_moved("split_v", "SPLIT_V", (2, 7, 3), [2, -1, 1], 1, options="SplitVOptions", outputs=3, numSplits=3)
    one_moved("unpack", "UNPACK", (2, 3, 5), options="UnpackOptions", outputs=3, num=3, axis=-2)
    one_moved("gather", "GATHER", (2, 5, 3), [4, 0, 0, 2], options="GatherOptions", axis=1)
    one_moved("gather_one", "GATHER", (2, 5, 3), 3, options="GatherOptions", axis=-1 + 2)
    one_moved("tile", "TILE", (1, 3, 2), [2, 1, 3], options="TileOptions")
    one_moved("broadcast_to", "BROADCAST_TO", (3, 1), [2, 3, 4], options="BroadcastToOptions")
    one_moved("reverse_v2", "REVERSE_V2", (2, 3, 4), [1], options="ReverseV2Options")
    m = Model("pack")
    parts = [m.input("int8", (3, 4), X, 9) for _ in range(3)]
    m.save(m.op("PACK", parts, scale=X, zero=9, options="PackOptions", valuesCount=3, axis=-2))
    m = Model("net_reshape_by_shape")  # [N, H, W, C] -> [N, H * W * C], written with SHAPE, STRIDED_SLICE and PACK
    x = m.input("int8", (2, 3, 4, 5), X, 9)
    shape = m.op("SHAPE", [x], "int32", options="ShapeOptions", outType=2)
    n = m.op("STRIDED_SLICE", [shape] + [m.constant("int32", [v]) for v in (0, 1, 1)], "int32",
             options="StridedSliceOptions", shrinkAxisMask=1)
    to = m.op("PACK", [n, m.constant("int32", 60)], "int32", options="PackOptions", valuesCount=2, axis=0)
    m.save(m.op("RESHAPE", [x, to], scale=X, zero=9))


def resize():
    for kind in ("RESIZE_NEAREST_NEIGHBOR", "RESIZE_BILINEAR"):
        table = {"RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighborOptions", "RESIZE_BILINEAR": "ResizeBilinearOptions"}[kind]
        for suffix, shape, size, corners, centers in (("", (1, 5, 4, 3), [7, 9], False, False),
                                                      ("_corners", (2, 3, 5, 9), [8, 4], True, False),
                                                      ("_centers", (1, 4, 6, 5), [9, 3], False, True),
                                                      ("_one", (1, 1, 1, 7), [3, 2], False, True)):
            one_moved(kind.lower() + suffix, kind, shape, size, options=table, alignCorners=corners, halfPixelCenters=centers)
    one_moved("resize_bilinear_uint8", "RESIZE_BILINEAR", (1, 4, 3, 2), [8, 6], dtype="uint8", options="ResizeBilinearOptions",
              alignCorners=False, halfPixelCenters=True)
    m = Model("float_resize_bilinear")
    x = m.input("float32", (1, 4, 5, 3))
    m.save(m.op("RESIZE_BILINEAR", [x, m.constant("int32", [7, 9])], "float32", options="ResizeBilinearOptions",
                halfPixelCenters=True))


def transpose_conv():
    def one(name, x_shape, w_shape, out, stride, padding, dtype="int8", weights="int8", zero=11, out_zero=-7, bias=True,
            activation="none", per_channel=True):
        m = Model(name)
        x = m.input(dtype, x_shape, X, zero)
        w, scales = m.weights(w_shape, weights, 0, per_channel)
        inputs = [m.constant("int32", out), w, x] + ([m.bias(w_shape[0], X, scales)] if bias else [])
        scale = float(X * np.mean(scales) * np.sqrt(np.prod(w_shape[1:])) * 74 * 74 / 45)
        m.save(m.op("TRANSPOSE_CONV", inputs, dtype, scale, out_zero, "TransposeConvOptions", padding=padding,
                    strideH=stride[0], strideW=stride[1], fusedActivationFunction=ACTIVATIONS[activation]))

    one("transpose_conv_same", (1, 4, 5, 3), (5, 3, 3, 3), [1, 8, 10, 5], (2, 2), SAME)
    one("transpose_conv_same_odd", (1, 4, 3, 4), (3, 4, 2, 4), [1, 7, 9, 3], (2, 3), SAME, bias=False)
    one("transpose_conv_valid", (2, 3, 4, 3), (4, 3, 5, 3), [2, 7, 11, 4], (2, 2), VALID)
    one("transpose_conv_stride_1", (1, 5, 4, 2), (3, 3, 3, 2), [1, 5, 4, 3], (1, 1), SAME)
    one("transpose_conv_small_kernel", (1, 3, 3, 4), (2, 2, 1, 4), [1, 9, 9, 2], (3, 3), SAME)
    one("transpose_conv_uint8", (1, 3, 4, 3), (2, 4, 4, 3), [1, 6, 8, 2], (2, 2), SAME, "uint8", "uint8", 131, 120,
        per_channel=False)
    m = Model("float_transpose_conv")
    x = m.input("float32", (1, 4, 3, 2))
    w = m.constant("float32", m.rng.uniform(-1, 1, (3, 3, 3, 2)).astype(np.float32))
    m.save(m.op("TRANSPOSE_CONV", [m.constant("int32", [1, 8, 6, 3]), w, x], "float32", options="TransposeConvOptions",
                padding=SAME, strideH=2, strideW=2))


def blocks():
    one_moved("depth_to_space", "DEPTH_TO_SPACE", (2, 3, 2, 12), options="DepthToSpaceOptions", blockSize=2)
    one_moved("space_to_depth", "SPACE_TO_DEPTH", (1, 6, 4, 3), options="SpaceToDepthOptions", blockSize=2)
    one_moved("space_to_batch", "SPACE_TO_BATCH_ND", (1, 4, 5, 3), [2, 3], [[0, 2], [1, 0]], options="SpaceToBatchNDOptions")
    one_moved("space_to_batch_row", "SPACE_TO_BATCH_ND", (2, 5, 3), [3], [[1, 3]], options="SpaceToBatchNDOptions")
    one_moved("batch_to_space", "BATCH_TO_SPACE_ND", (12, 3, 2, 3), [2, 3], [[1, 0], [0, 2]], options="BatchToSpaceNDOptions")
    for name, shape, block, pads, crops, kind in (
            ("dilated_conv_by_blocks", (1, 9, 8, 3), [2, 2], [[2, 3], [2, 2]], [[0, 1], [0, 0]], "CONV_2D"),
            ("dilated_depthwise_conv_by_blocks", (1, 8, 10, 4), [3, 2], [[0, 1], [0, 0]], [[0, 0], [0, 0]], "DEPTHWISE_CONV_2D")):
        m = Model(name)
        x = m.input("int8", shape, X, 17)
        x = m.op("SPACE_TO_BATCH_ND", [x, m.constant("int32", block), m.constant("int32", pads)], scale=X, zero=17)
        if kind == "CONV_2D":
            y, scale = m.linear(kind, x, X, (4, 3, 3, 3), "Conv2DOptions", **conv_fields(VALID, activation="relu"))
        else:
            y, scale = m.linear(kind, x, X, (1, 3, 3, 4), "DepthwiseConv2DOptions", axis=3, depthMultiplier=1,
                                **conv_fields(VALID))
        m.save(m.op("BATCH_TO_SPACE_ND", [y, m.constant("int32", block), m.constant("int32", crops)], scale=scale, zero=-7))


def indices():
    for name, kind, dtype, shape, axis, out in (("arg_max", "ARG_MAX", "int8", (3, 11), -1, "int32"),
                                                ("arg_max_channels", "ARG_MAX", "uint8", (1, 3, 4, 5), 3, "int64"),
                                                ("arg_max_rows", "ARG_MAX", "int8", (2, 6, 3), 1, "int64"),
                                                ("arg_min", "ARG_MIN", "int8", (2, 9), 1, "int32")):
        m = Model(name)
        x = m.input(dtype, shape, X, 9)
        m.save(m.op(kind, [x, m.constant("int32", axis)], out, options=kind.title().replace("_", "") + "Options",
                    outputType={"int32": 2, "int64": 4}[out]))


def softmax():
    for name, dtype, shape, beta, zero in (("softmax", "int8", (3, 11), 1.0, -128), ("softmax_beta", "int8", (2, 7), 0.5, -128),
                                           ("softmax_uint8", "uint8", (1, 3, 2, 5), 1.0, 0)):
        m = Model(name)
        x = m.input(dtype, shape, 0.071, 20)
        m.save(m.op("SOFTMAX", [x], dtype, 1 / 256, zero, "SoftmaxOptions", beta=beta))


def activations():
    for kind, scale, zero in (("RELU", 0.041, -128), ("RELU6", 0.0235294, -128), ("RELU_N1_TO_1", 0.0101, 4)):
        m = Model(kind.lower())
        x = m.input("int8", (2, 5, 9), X, 11)
        m.save(m.op(kind, [x], scale=scale, zero=zero))


def functions():
    for kind, scale, zero in (("LOGISTIC", 1 / 256, -128), ("TANH", 1 / 128, 0), ("HARD_SWISH", 0.031, -40),
                              ("EXP", 0.41, -128), ("ABS", 0.041, -128), ("GELU", 0.027, -110)):
        m = Model(kind.lower())
        x = m.input("int8", (2, 5, 27), X, 11)
        m.save(m.op(kind, [x], scale=scale, zero=zero, options="GeluOptions" if kind == "GELU" else None))
    m = Model("rsqrt")
    x = m.input("int8", (2, 5, 27), X, -128)
    m.save(m.op("RSQRT", [x], scale=0.041, zero=-128))
    for dtype, zero in (("int8", 11), ("uint8", 130)):
        m = Model("leaky_relu" + ("" if dtype == "int8" else "_uint8"))
        x = m.input(dtype, (2, 5, 27), X, zero)
        m.save(m.op("LEAKY_RELU", [x], dtype, 0.029, zero - 20, "LeakyReluOptions", alpha=0.3))
    m = Model("logistic_uint8")
    x = m.input("uint8", (1, 250), X, 128)
    m.save(m.op("LOGISTIC", [x], "uint8", 1 / 256, 0))


def binary():
    def one(name, kind, a_shape, b_shape, dtype="int8", zeros=(3, -20, 5), activation=None, scales=(X, 0.0211, 0.05),
            constant=False):
        m = Model(name)
        a = m.input(dtype, a_shape, scales[0], zeros[0])
        if constant:
            info = np.iinfo(dtype)
            b = m.constant(dtype, m.rng.integers(info.min, info.max + 1, b_shape), scales[1], zeros[1])
        else:
            b = m.input(dtype, b_shape, scales[1], zeros[1])
        fields = dict(fusedActivationFunction=ACTIVATIONS[activation]) if activation else {}
        m.save(m.op(kind, [a, b], dtype, scales[2], zeros[2], kind.title() + "Options" if activation else None, **fields))

    one("sub", "SUB", (1, 5, 4, 7), (1, 5, 4, 7), activation="none")
    one("sub_repeated", "SUB", (1, 3, 4, 5), (5,), activation="relu", zeros=(3, -20, -128))
    one("add_repeated", "ADD", (1, 3, 4, 5), (1, 1, 1, 5), activation="none")
    one("mul", "MUL", (1, 5, 4, 7), (1, 5, 4, 7), activation="none")
    one("mul_relu6_uint8", "MUL", (2, 11), (2, 11), "uint8", (128, 100, 10), "relu6", (X, 0.0211, 0.0241))
    one("mul_squeeze_excite", "MUL", (1, 5, 4, 7), (1, 1, 1, 7), activation="none", scales=(X, 1 / 256, 0.033),
        zeros=(3, -128, 5))
    one("mul_constant", "MUL", (1, 4, 3, 5), (5,), activation="none", constant=True)
    one("mul_scalar", "MUL", (3, 9), (1,), activation="none", constant=True)
    for kind in ("MAXIMUM", "MINIMUM"):
        one(kind.lower(), kind, (1, 3, 4, 5), (1, 3, 4, 5), zeros=(5, 5, 5), scales=(X, X, X))
        one(kind.lower() + "_repeated", kind, (2, 3, 5), (1, 1, 5), zeros=(5, 5, 5), scales=(X, X, X))
    m = Model("prelu")
    x = m.input("int8", (1, 4, 5, 6), X, 7)
    slope = m.constant("int8", m.rng.integers(-128, 128, (1, 1, 6)), 0.0061, 12)
    m.save(m.op("PRELU", [x, slope], scale=0.031, zero=-15))


def reduce():
    for name, kind, shape, axes, scale, zero, keep in (
            ("mean_channels", "MEAN", (2, 3, 4, 7), [3], 0.021, 4, True), ("mean_all", "MEAN", (1, 4, 6), [0, 1, 2], 0.013, 1, True),
            ("mean_rows", "MEAN", (2, 9, 5), [1], 0.017, -6, False),
            # No SUM: LiteRT's reference kernel of it is far off for int8; its optimized one is right.
            ("reduce_max", "REDUCE_MAX", (2, 3, 4, 7), [1, 2], X, 13, True),
            ("reduce_min", "REDUCE_MIN", (2, 3, 4, 7), [-1], X, 13, False)):
        m = Model(name)
        x = m.input("int8", shape, X, 13)
        m.save(m.op(kind, [x, m.constant("int32", axes)], scale=scale, zero=zero, options="ReducerOptions", keepDims=keep))
    m = Model("log_softmax")
    x = m.input("int8", (3, 11), 0.071, 20)
    m.save(m.op("LOG_SOFTMAX", [x], scale=16 / 256, zero=127))


def quantize():
    for name, source, target in (("quantize_int8", ("float32", None, 0), ("int8", 0.017, 9)),
                                 ("quantize_uint8", ("float32", None, 0), ("uint8", 0.011, 88)),
                                 ("quantize_again", ("int8", 0.029, -4), ("int8", 0.041, 30)),
                                 ("quantize_int8_to_uint8", ("int8", 0.029, -4), ("uint8", 0.029, 124)),
                                 ("quantize_uint8_to_int8", ("uint8", 0.029, 128), ("int8", 0.037, 2)),
                                 ("dequantize_int8", ("int8", 0.029, -4), ("float32", None, 0)),
                                 ("dequantize_uint8", ("uint8", 0.029, 130), ("float32", None, 0))):
        m = Model(name)
        x = m.input(source[0], (3, 21), source[1], source[2])
        m.save(m.op("DEQUANTIZE" if target[0] == "float32" else "QUANTIZE", [x], *target), low=-2, high=2)


def nets():
    def body(m, x, x_scale):
        y, scale = m.linear("CONV_2D", x, x_scale, (6, 3, 3, 3), "Conv2DOptions", out_zero=-128,
                            **conv_fields(stride=(2, 2), activation="relu"))
        y, scale = m.linear("DEPTHWISE_CONV_2D", y, scale, (1, 3, 3, 6), "DepthwiseConv2DOptions", axis=3, out_zero=-128,
                            depthMultiplier=1, **conv_fields(activation="relu"))
        z, z_scale = m.linear("CONV_2D", y, scale, (6, 1, 1, 6), "Conv2DOptions", **conv_fields())
        y = m.op("ADD", [y, z], scale=0.8 * (scale + z_scale), zero=-20, options="AddOptions")
        scale = 0.8 * (scale + z_scale)
        y = m.op("AVERAGE_POOL_2D", [y], scale=scale, zero=-20, options="Pool2DOptions", padding=VALID, filterHeight=4,
                 filterWidth=5, strideH=4, strideW=5)
        y = m.op("RESHAPE", [y, m.constant("int32", [-1, 6])], scale=scale, zero=-20)
        y, scale = m.linear("FULLY_CONNECTED", y, scale, (5, 6), "FullyConnectedOptions", per_channel=False)
        return y, scale

    m = Model("net_int8")
    x = m.input("int8", (1, 7, 9, 3), X, -1)
    y, scale = body(m, x, X)
    m.save(m.op("SOFTMAX", [y], scale=1 / 256, zero=-128, options="SoftmaxOptions", beta=1.0))
    m = Model("net_float_doors")
    x = m.op("QUANTIZE", [m.input("float32", (1, 7, 9, 3))], scale=0.0078125, zero=0)
    m.save(m.op("DEQUANTIZE", [body(m, x, 0.0078125)[0]], "float32"))
    m = Model("net_uint8_doors")
    x = m.op("QUANTIZE", [m.input("uint8", (1, 7, 9, 3), X, 127)], scale=X, zero=-1)
    y, scale = body(m, x, X)
    m.save(m.op("QUANTIZE", [y], "uint8", scale, 121))
    m = Model("net_two_in_two_out")
    a = m.input("int8", (1, 5, 6, 4), X, 3)
    b = m.input("int8", (1, 5, 6, 4), 0.05, -3)
    y, scale = m.linear("CONV_2D", a, X, (4, 3, 3, 4), "Conv2DOptions", **conv_fields())
    z = m.op("ADD", [y, b], scale=scale * 1.2, zero=0, options="AddOptions")
    m.save(z, y)
    m = Model("net_pad_conv")  # the way Keras writes a stride of 2
    x = m.input("int8", (1, 6, 8, 3), X, 17)
    x = m.op("PAD", [x, m.constant("int32", [[0, 0], [0, 1], [0, 1], [0, 0]])], scale=X, zero=17)
    m.save(m.linear("CONV_2D", x, X, (4, 3, 3, 3), "Conv2DOptions", **conv_fields(VALID, (2, 2)))[0])


def floats():
    def values(m, *shape):
        return m.rng.uniform(-1, 1, shape).astype(np.float32)

    m = Model("float_net")
    x = m.input("float32", (1, 7, 6, 3), signature=[-1, 7, 6, 3])
    y = m.op("CONV_2D", [x, m.constant("float32", values(m, 5, 3, 2, 3)), m.constant("float32", values(m, 5))], "float32",
             options="Conv2DOptions", **conv_fields(stride=(2, 1), activation="relu6"))
    y = m.op("DEPTHWISE_CONV_2D", [y, m.constant("float32", values(m, 1, 3, 3, 10))], "float32",
             options="DepthwiseConv2DOptions", depthMultiplier=2, **conv_fields(VALID))
    y = m.op("MEAN", [y, m.constant("int32", [1, 2])], "float32", options="ReducerOptions", keepDims=False)
    y = m.op("FULLY_CONNECTED", [y, m.constant("float32", values(m, 4, 10)), m.constant("float32", values(m, 4))], "float32",
             options="FullyConnectedOptions", fusedActivationFunction=0)
    m.save(m.op("SOFTMAX", [y], "float32", options="SoftmaxOptions", beta=1.0))
    m = Model("float_half_weights")
    x = m.input("float32", (2, 9))
    w = m.op("DEQUANTIZE", [m.constant("float16", values(m, 4, 9))], "float32")
    b = m.op("DEQUANTIZE", [m.constant("float16", values(m, 4))], "float32")
    m.save(m.op("FULLY_CONNECTED", [x, w, b], "float32", options="FullyConnectedOptions"))
    m = Model("hybrid_weights")
    x = m.input("float32", (2, 31))
    w, _ = m.weights((7, 31), per_channel=False)
    m.save(m.op("FULLY_CONNECTED", [x, w, m.constant("float32", values(m, 7))], "float32",
                options="FullyConnectedOptions"))


def variables():
    def stream(name, dtype, scale, zero, initial):
        """The last three frames, of which a convolution sees four."""
        m = Model(name)
        x = m.input(dtype, (1, 1, 6), scale, zero)
        handle = m.resource("frames", initial, scale, zero)
        before = m.op("READ_VARIABLE", [handle], dtype, scale, zero, shape=(1, 3, 6))
        frames = m.op("CONCATENATION", [before, x], dtype, scale, zero, "ConcatenationOptions", axis=1, shape=(1, 4, 6))
        later = m.op("SLICE", [frames, m.constant("int32", [0, 1, 0]), m.constant("int32", [1, 3, 6])], dtype, scale,
                     zero, shape=(1, 3, 6))
        m.assign(handle, later)
        rows = m.op("RESHAPE", [frames, m.constant("int32", [1, 24])], dtype, scale, zero, "ReshapeOptions",
                    newShape=[1, 24], shape=(1, 24))
        if dtype == "float32":
            w = m.constant("float32", m.rng.normal(0, 0.3, (5, 24)).astype(np.float32))
            y = m.op("FULLY_CONNECTED", [rows, w], "float32", options="FullyConnectedOptions")
        else:
            y, _ = m.linear("FULLY_CONNECTED", rows, scale, (5, 24), "FullyConnectedOptions", dtype=dtype,
                            weights=dtype, per_channel=dtype == "int8", out_zero=17)
        m.save(y)

    rng = np.random.default_rng(7)
    stream("variable_int8", "int8", X, -5, rng.integers(-128, 128, (1, 3, 6)).astype(np.int8))
    stream("variable_uint8", "uint8", X, 120, np.full((1, 3, 6), 120, np.uint8))
    stream("float_variable", "float32", None, 0, rng.normal(0, 1, (1, 3, 6)).astype(np.float32))

    m = Model("variable_sum")  # read after the assignment: what was just assigned
    x = m.input("int8", (1, 9), X, 0)
    handle = m.resource("sum", np.zeros((1, 9), np.int8), 0.1, 3)
    before = m.op("READ_VARIABLE", [handle], "int8", 0.1, 3, shape=(1, 9))
    total = m.op("ADD", [before, x], "int8", 0.1, 3, "AddOptions", shape=(1, 9))
    m.assign(handle, total)
    m.save(m.op("READ_VARIABLE", [handle], "int8", 0.1, 3, shape=(1, 9)), before)

    m = Model("variable_constant")  # never assigned: its first value for ever
    x = m.input("int8", (1, 9), X, 0)
    handle = m.resource("scale", np.arange(9, dtype=np.int8).reshape(1, 9), 0.1, 3)
    held = m.op("READ_VARIABLE", [handle], "int8", 0.1, 3, shape=(1, 9))
    m.save(m.op("ADD", [held, x], "int8", 0.1, 3, "AddOptions", shape=(1, 9)))


def recurrent():
    def svdf(name, dtype, state, rank, time, features, activation="relu", bias=True, batch=1, zero=-128):
        m = Model(name)
        real = dtype == "float32"
        x = m.input(dtype, (batch, 9), None if real else X, 0 if real else 7)
        units = features // rank
        state_scale, time_scale = (X * 0.013 * 9, 0.004) if state == "int8" else (X * 0.013 * 9 / 200, 0.00003)
        if real:
            w = m.constant("float32", m.rng.normal(0, 0.4, (features, 9)))
            t = m.constant("float32", m.rng.normal(0, 0.4, (features, time)))
            b = m.constant("float32", m.rng.normal(0, 0.4, units)) if bias else -1
            kept = m.variable("float32", (batch, features * time))
        else:
            top = 127 if state == "int8" else 60000 // (rank * time)  # LiteRT sums in 32 bits
            w, _ = m.weights((features, 9), per_channel=False)
            t = m.constant(state, m.rng.integers(-top, top + 1, (features, time)), time_scale)
            b = m.constant("int32", m.rng.integers(-3000, 3001, units), state_scale * time_scale) if bias else -1
            kept = m.variable(state, (batch, features * time), state_scale, 0)
        out = dict() if real else dict(scale=float(state_scale * time_scale * top * 60 * np.sqrt(rank * time) / 40), zero=zero)
        if not real and state == "int16":
            out["scale"] *= 60
        y = m.op("SVDF", [x, w, t, b, kept], dtype, options="SVDFOptions", rank=rank,
                 fusedActivationFunction=ACTIVATIONS[activation], shape=(batch, units), **out)
        m.save(y)

    svdf("svdf", "int8", "int16", 1, 5, 12)
    svdf("svdf_rank_2", "int8", "int16", 2, 4, 10, batch=2)
    svdf("svdf_zero_point", "int8", "int16", 1, 8, 6, zero=-11)  # LiteRT clamps to the type alone
    svdf("float_svdf", "float32", "float32", 1, 5, 7, activation="none")
    svdf("float_svdf_rank_2_relu", "float32", "float32", 2, 3, 8, batch=2)

    def lstm(name, dtype, cells=7, steps=3, batch=1, coupled=False, clip=0.0, major=False, peephole=False, project=0,
             single=False):
        m = Model(name)
        real = dtype == "float32"
        outputs = project or cells
        shape = (batch, 5) if single else (steps, batch, 5) if major else (batch, steps, 5)
        x = m.input(dtype, shape, None if real else 0.02, 0 if real else -3)
        h_scale, h_zero, c_scale = 0.0078125, 0, 2.0**-11

        def weights(rows, depth):
            if real:
                return m.constant("float32", m.rng.normal(0, 0.6, (rows, depth)))
            return m.constant("int8", m.rng.integers(-127, 128, (rows, depth)), float(m.rng.uniform(0.006, 0.012)))

        def biases(w):
            if real:
                return m.constant("float32", m.rng.normal(0, 0.4, cells))
            return m.constant("int32", m.rng.integers(-3000, 3001, cells), 0.02 * float(m.tensors[w].quantization.scale[0]))

        skip = 1 if coupled else 0
        wx = [-1] * skip + [weights(cells, 5) for _ in range(4 - skip)]
        wh = [-1] * skip + [weights(cells, outputs) for _ in range(4 - skip)]
        watch = [m.constant("float32", m.rng.normal(0, 0.4, cells)) if peephole else -1 for _ in range(3)]
        if coupled:
            watch[0] = -1
        b = [-1] * skip + [biases(w) for w in wx[skip:]]
        p = [weights(outputs, cells), -1] if project else [-1, -1]
        h = m.variable(dtype, (batch, outputs), None if real else h_scale, h_zero)
        c = m.variable("float32" if real else "int16", (batch, cells), None if real else c_scale, 0)
        inputs = [x] + wx + wh + watch + b + p + [h, c]
        kind, options = ("LSTM", "LSTMOptions") if single else ("UNIDIRECTIONAL_SEQUENCE_LSTM",
                                                                 "UnidirectionalSequenceLSTMOptions")
        more = {} if single else dict(timeMajor=major)
        out = (batch, outputs) if single else shape[:2] + (outputs,)
        y = m.op(kind, inputs, dtype, None if real else h_scale, h_zero, options, shape=out, fusedActivationFunction=4,
                 cellClip=clip, projClip=0.0, **more)
        if not real:
            gates = [m.tensor("int16", (1,), 2.0**-12, 0) for _ in range(4)] + [m.tensor("int8", (1,), h_scale, h_zero)]
            m.operators[-1].intermediates = gates
        m.save(y)

    lstm("lstm_sequence", "int8")
    lstm("lstm_sequence_clip_major", "int8", batch=2, clip=1.5, major=True)
    lstm("lstm_sequence_coupled", "int8", cells=4, coupled=True)
    lstm("lstm_single", "int8", cells=6, single=True)
    lstm("float_lstm", "float32")
    lstm("float_lstm_coupled_major", "float32", coupled=True, major=True, batch=2)
    lstm("float_lstm_peephole", "float32", peephole=True, clip=0.8)
    lstm("float_lstm_projection", "float32", project=4)
    lstm("float_lstm_single", "float32", single=True)


def refused():
    m = Model("refused_three_operators")
    x = m.input("int8", (1, 5), X)
    y = m.op("UNIQUE", [x], scale=X, shape=(1, 5))
    z = m.op("CUSTOM", [y], scale=X, shape=(1, 5))
    y = m.op("RESHAPE", [z, m.constant("int32", [5, 1])], scale=X, shape=(5, 1))
    m.save_unrun(m.op("HASHTABLE_LOOKUP", [y], scale=X, shape=(5, 1)))
    m = Model("refused_int16")
    x = m.input("int16", (1, 7), X)
    w = m.constant("int8", m.rng.integers(-127, 128, (3, 7)), 0.01)
    m.save_unrun(m.op("FULLY_CONNECTED", [x, w, m.constant("int64", [1, 2, 3], 0.01 * X)], "int16", X,
                      options="FullyConnectedOptions", shape=(1, 3)))
    for name, fields in (("refused_tanh", dict(fusedActivationFunction=4)), ("refused_shuffled", dict(weightsFormat=1))):
        m = Model(name)
        x = m.input("int8", (1, 7), X)
        m.save_unrun(m.linear("FULLY_CONNECTED", x, X, (3, 7), "FullyConnectedOptions", shape=(1, 3), **fields)[0])
    m = Model("refused_subgraphs")
    m.more_graphs = ["then", "else"]
    x = m.input("int8", (1, 7), X)
    m.save_unrun(m.op("RELU", [x], scale=X, shape=(1, 7)))
    m = Model("refused_forms")
    x = m.input("int8", (1, 7, 3), X, signature=[-1, -1, 3])
    a, b = m.constant("int8", [[1, 2, 3]], X), m.tensor("int8", (1, 3), X)
    m.tensors[a].sparsity = s.SparsityParametersT()
    m.tensors[b].isVariable = True
    y = m.op("ADD", [a, b], scale=X, shape=(1, 3))
    m.save_unrun(m.op("ADD", [x, y], scale=X, shape=(1, 7, 3)))
    def variable(name, initial, read, assigned):
        m = Model(name)
        x = m.input("int8", (1, 4), X)
        handle = m.resource("state", initial, X)
        y = m.op("READ_VARIABLE", [handle], "int8", read, shape=(1, 4))
        y = m.op("ADD", [x, y], scale=assigned, options="AddOptions", shape=(1, 4))
        m.assign(handle, y)
        m.save_unrun(y)

    variable("refused_variable_unset", None, X, X)
    variable("refused_variable_shape", np.zeros((1, 5), np.int8), X, X)
    variable("refused_variable_scale", np.zeros((1, 4), np.int8), X, 2 * X)


GROUPS = [conv, depthwise_conv, fully_connected, batch_matmul, add, pools, mean, movement, slices, resize,
          transpose_conv, blocks, indices, softmax, activations, functions, binary, reduce,
          quantize, nets, floats, variables, recurrent, refused]

if __name__ == "__main__":
    for group in GROUPS:
        if len(sys.argv) == 1 or group.__name__ in sys.argv[1:]:
            group()
    print(sum(os.path.getsize(os.path.join(FOLDER, f)) for f in os.listdir(FOLDER)), "bytes")
