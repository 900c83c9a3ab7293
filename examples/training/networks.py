# SPDX-License-Identifier: Apache-2.0
"""The networks, as lists of layers. One description serves training, interval bounds, export and the bit search.

Layers name their inputs, so residual networks are ordinary lists; "input" is the picture.
"""
from dataclasses import dataclass, field
from typing import List


@dataclass
class Layer:
    name: str
    kind: str  # conv, linear, add, average_pool
    inputs: List[str]
    channels: int = 0  # output channels of conv and linear
    kernel: int = 1
    stride: int = 1
    padding: int = 0
    groups: int = 1
    relu: bool = True  # clipped at a learned bound; without it the output is quantized with a sign
    shape: tuple = field(default=(), compare=False)  # output (C, H, W), filled by Builder


class Builder:
    """Appends layers and follows their shapes."""

    def __init__(self, shape):
        self.layers = []
        self.shapes = {"input": tuple(shape)}
        self.last = "input"

    def _add(self, layer, shape):
        layer.shape = shape
        self.layers.append(layer)
        self.shapes[layer.name] = shape
        self.last = layer.name
        return layer.name

    def _name(self, kind):
        return f"{kind}{sum(1 for layer in self.layers if layer.kind == kind)}"

    def conv(self, channels, kernel=3, stride=1, padding=None, groups=1, relu=True, source=None):
        source = source or self.last
        padding = kernel // 2 if padding is None else padding
        _, height, width = self.shapes[source]
        size = tuple((extent + 2 * padding - kernel) // stride + 1 for extent in (height, width))
        layer = Layer(self._name("conv"), "conv", [source], channels, kernel, stride, padding, groups, relu)
        return self._add(layer, (channels,) + size)

    def linear(self, channels, relu=True):
        return self._add(Layer(self._name("linear"), "linear", [self.last], channels, relu=relu), (channels, 1, 1))

    def average_pool(self):
        """Over the whole picture."""
        channels = self.shapes[self.last][0]
        return self._add(Layer(self._name("average_pool"), "average_pool", [self.last]), (channels, 1, 1))

    def add(self, a, b, relu=True):
        return self._add(Layer(self._name("add"), "add", [a, b], relu=relu), self.shapes[a])


def small(shape, classes):
    """Five 3x3 convolutions and a linear layer: 1.6 M multiply-accumulates on 28x28."""
    b = Builder(shape)
    for channels, stride in ((16, 2), (16, 1), (32, 2), (32, 1), (32, 1)):
        b.conv(channels, stride=stride)
    b.average_pool()
    b.linear(classes, relu=False)
    return b.layers


def interval_small(shape, classes):
    """Two 4x4 convolutions of stride 2, two linear layers: 0.43 M multiply-accumulates on 28x28."""
    b = Builder(shape)
    b.conv(16, kernel=4, stride=2, padding=1)
    b.conv(24, kernel=4, stride=2, padding=1)
    b.linear(64)
    b.linear(classes, relu=False)
    return b.layers


def interval_wide(shape, classes):
    """Wider and one layer deeper: for interval-bound training, which wants width."""
    b = Builder(shape)
    b.conv(32)
    b.conv(32, kernel=4, stride=2, padding=1)
    b.conv(64, kernel=4, stride=2, padding=1)
    b.linear(128)
    b.linear(classes, relu=False)
    return b.layers


def interval_medium(shape, classes):
    """Between the two: 2.1 M multiply-accumulates on 28x28."""
    b = Builder(shape)
    b.conv(32, kernel=4, stride=2, padding=1)
    b.conv(64, kernel=4, stride=2, padding=1)
    b.linear(128)
    b.linear(classes, relu=False)
    return b.layers


def _residual(b, channels, stride):
    source = b.last
    b.conv(channels, stride=stride, source=source)
    main = b.conv(channels, relu=False)
    if stride != 1 or b.shapes[source][0] != channels:
        source = b.conv(channels, kernel=1, stride=stride, padding=0, relu=False, source=source)
    b.add(main, source)


def resnet(shape, classes, width, blocks):
    """He et al. 2016, section 4.2: three stages of `blocks` residual blocks, 1x1 shortcuts."""
    b = Builder(shape)
    b.conv(width)
    for stage in range(3):
        for block in range(blocks):
            _residual(b, width << stage, 2 if stage > 0 and block == 0 else 1)
    b.average_pool()
    b.linear(classes, relu=False)
    return b.layers


def mobilenet(shape, classes):
    """Inverted residuals (MobileNetV2) for pictures of about 32x32."""
    b = Builder(shape)
    b.conv(16)
    for channels, stride, expand, repeat in ((16, 1, 1, 1), (24, 2, 4, 2), (32, 2, 4, 2), (64, 1, 4, 2)):
        for block in range(repeat):
            source, s = b.last, stride if block == 0 else 1
            hidden = b.shapes[source][0] * expand
            if expand > 1:
                b.conv(hidden, kernel=1, padding=0)
            b.conv(hidden, stride=s, groups=hidden)
            out = b.conv(channels, kernel=1, padding=0, relu=False)
            if s == 1 and b.shapes[source][0] == channels:
                b.add(out, source, relu=False)
    b.conv(128, kernel=1, padding=0)
    b.average_pool()
    b.linear(classes, relu=False)
    return b.layers


def ds_cnn(shape, classes):
    """Depthwise-separable network of keyword spotting (Zhang et al. 2017), for small pictures."""
    b = Builder(shape)
    b.conv(32, kernel=5, stride=2, padding=2)
    for channels in (32, 64, 64, 64):
        hidden = b.shapes[b.last][0]
        b.conv(hidden, groups=hidden)
        b.conv(channels, kernel=1, padding=0)
    b.average_pool()
    b.linear(classes, relu=False)
    return b.layers


def pointwise(shape, classes, stem, width, blocks, expand):
    """Nearly all of its work is in 1x1 convolutions of many channels: a depthwise 3x3 convolution before a wide pair of them, with a
    residual sum around (as in MobileNetV2 and ConvNeXt), all at a quarter of the picture's extent."""
    b = Builder(shape)
    b.conv(stem, stride=2)
    b.conv(stem, stride=2, groups=stem)
    b.conv(width, kernel=1, padding=0, relu=False)
    for _ in range(blocks):
        source = b.last
        b.conv(width, groups=width)
        b.conv(expand * width, kernel=1, padding=0)
        b.add(b.conv(width, kernel=1, padding=0, relu=False), source, relu=False)
    b.average_pool()
    b.linear(classes, relu=False)
    return b.layers


NETWORKS = {
    "small": small,
    "interval-small": interval_small,
    "interval-medium": interval_medium,
    "interval-wide": interval_wide,
    "resnet-8": lambda shape, classes: resnet(shape, classes, 16, 1),
    "resnet-20": lambda shape, classes: resnet(shape, classes, 16, 3),
    "wide-resnet": lambda shape, classes: resnet(shape, classes, 32, 1),
    "mobilenet": mobilenet,
    "ds-cnn": ds_cnn,
    "pointwise-128": lambda shape, classes: pointwise(shape, classes, 32, 128, 3, 4),
}
