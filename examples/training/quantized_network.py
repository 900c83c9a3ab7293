# SPDX-License-Identifier: Apache-2.0
"""A network that computes with quantized weights and activations while it is trained.

Weights are symmetric per output channel, w = s_c * q with q in [-(2^(b-1)-1), 2^(b-1)-1]; activations are q * step with q in
[0, 2^b - 1] after a clipped ReLU, or signed without one. Rounding passes gradients straight through (Bengio et al. 2013);
the clip bound is learned (PACT, Choi et al. 2018). Pictures are the 256 levels k/255. 32 bits mean float.
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class _Round(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.round(x)  # half to even, as QuantizeLinear

    @staticmethod
    def backward(ctx, gradient):
        return gradient


round_through = _Round.apply


def _has_masking_kernels(x):
    """The kernels that mask gradients by activations: processors only, of 16 bits in newer versions only; torch.compile makes its own."""
    newer = hasattr(torch, "compiler")
    return x.device.type == "cpu" and (newer or x.dtype == torch.float32) and not (newer and torch.compiler.is_compiling())


class _ClipAndQuantize(torch.autograd.Function):
    """clamp(x, lo * step, hi * step), step = bound / hi, rounded to multiples of step. One function, so that only x is kept."""

    @staticmethod
    def forward(ctx, x, bound, lo, hi, quantized):
        ctx.save_for_backward(x, bound)
        ctx.ratio = lo / hi
        # A tensor on its device: a Python number would wait for the device at every layer.
        step = bound / hi
        if not quantized:
            return torch.minimum(torch.maximum(x, (lo * step).to(x.dtype)), bound.to(x.dtype))
        return torch.div(x, step).round_().clamp_(lo, hi).mul_(step)

    @staticmethod
    def backward(ctx, gradient):
        x, bound = ctx.saved_tensors
        to_bound = None
        if _has_masking_kernels(x):
            # Five times faster than comparisons with 16-bit numbers.
            lo, hi = (ctx.ratio * bound).item(), bound.item()
            inside = torch.ops.aten.hardtanh_backward(gradient, x, lo, hi)
            if ctx.needs_input_grad[1]:
                to_bound = torch.ops.aten.threshold_backward(gradient, x, hi).sum()
                if ctx.ratio != 0:
                    to_bound = to_bound + ctx.ratio * torch.ops.aten.threshold_backward(gradient, -x, -lo).sum()
        else:
            above, below = x > bound, x < ctx.ratio * bound
            inside = gradient * ((x > ctx.ratio * bound) & (x < bound))
            if ctx.needs_input_grad[1]:
                to_bound = (gradient * above).sum()
                if ctx.ratio != 0:
                    to_bound = to_bound + ctx.ratio * (gradient * below).sum()
        if to_bound is not None:
            to_bound = to_bound.reshape(bound.shape).to(bound.dtype)
        return inside, to_bound, None, None, None


clip_and_quantize = _ClipAndQuantize.apply


def weight_levels(bits):
    """Largest level of symmetric weights of `bits` bits; 2 bits are ternary."""
    return 2 ** (bits - 1) - 1


def weight_scale(w, bits, per_channel=True):
    """Scale of each output channel, [O]; the same for all of them without per_channel."""
    largest = w.detach().abs().flatten(1).amax(1)
    if not per_channel:
        largest = largest.amax().expand_as(largest)
    if bits == 2:
        # Ternary: a scale of the largest weight would round most weights to zero. 1.4 times the mean of |w|
        # puts the threshold at 0.7 of it (ternary weight networks, Li et al. 2016, equation 6).
        mean = w.detach().abs().flatten(1).mean(1)
        return torch.minimum(1.4 * mean, largest).clamp_min(1e-8)
    return largest.clamp_min(1e-8) / weight_levels(bits)


def clipped_weight_scale(w, bits, per_channel=True):
    """As weight_scale, but of least squared error: few bits hold more when the largest weights are clipped. [O]"""
    limit = weight_levels(bits)
    rows = w.detach().flatten(1) if per_channel else w.detach().reshape(1, -1)
    largest = rows.abs().amax(1, keepdim=True).clamp_min(1e-8) / limit
    scales = largest * torch.arange(3, 13, device=w.device) / 12  # [O, candidates]
    levels = torch.round(rows[:, None] / scales[..., None]).clamp(-limit, limit)
    errors = (levels * scales[..., None] - rows[:, None]).square().sum(2)
    return scales.gather(1, errors.argmin(1, keepdim=True))[:, 0].expand(len(w))


def quantize_weight(w, bits, scale):
    """w on the grid of `scale`, [O]."""
    scale = scale.view(-1, *([1] * (w.dim() - 1)))
    limit = weight_levels(bits)
    return round_through((w / scale).clamp(-limit, limit)) * scale


class Activation(nn.Module):
    """Clips to [0, bound] (with relu) or [-bound, bound], and quantizes."""

    def __init__(self, bits, relu, bound=2.0):
        super().__init__()
        self.bits, self.relu = bits, relu
        self.rounds = True
        self.log_bound = nn.Parameter(torch.tensor(math.log(bound)))

    def bound(self):
        return self.log_bound.exp()

    def limits(self):
        """Lowest and highest level."""
        if self.relu:
            return 0, 2**self.bits - 1
        return -(2 ** (self.bits - 1)), 2 ** (self.bits - 1) - 1

    def step(self):
        return self.bound() / self.limits()[1]

    def forward(self, x):
        lo, hi = self.limits() if self.bits < 32 else (0.0 if self.relu else -1.0, 1.0)
        return clip_and_quantize(x, self.bound(), lo, hi, self.bits < 32 and self.rounds)


class QuantizedNetwork(nn.Module):
    """`layers` are networks.Layer; `bits` maps a layer's name to (weight bits, activation bits) and "input" is 8 bits. With
    `clip_weights`, weights of fewer than 8 bits do not reach to the largest one."""

    def __init__(self, layers, shape, bits, batch_norm=True, float_input=False, initialization="he", clip_weights=False):
        super().__init__()
        self.layers, self.shape, self.bits = layers, tuple(shape), dict(bits)
        self.float_input, self.clip_weights = float_input, clip_weights
        self.weights, self.biases = nn.ParameterDict(), nn.ParameterDict()
        self.norms, self.activations = nn.ModuleDict(), nn.ModuleDict()
        self.last = layers[-1].name
        shapes = {"input": self.shape, **{layer.name: layer.shape for layer in layers}}
        for layer in layers:
            if layer.kind in ("conv", "linear"):
                source = shapes[layer.inputs[0]]
                if layer.kind == "conv":
                    size = (layer.channels, source[0] // layer.groups, layer.kernel, layer.kernel)
                else:
                    size = (layer.channels, source[0] * source[1] * source[2])
                self.weights[layer.name] = nn.Parameter(self._initial(size, initialization))
                self.biases[layer.name] = nn.Parameter(torch.zeros(layer.channels))
                if batch_norm and layer.name != self.last:
                    self.norms[layer.name] = (nn.BatchNorm2d if layer.kind == "conv" else nn.BatchNorm1d)(layer.channels)
            if layer.name != self.last and layer.kind != "average_pool":
                self.activations[layer.name] = Activation(self.activation_bits(layer), layer.relu,
                                                          6.0 if batch_norm else 2.0)
            elif layer.kind == "average_pool":
                # The mean keeps the source's range; its own grid of at least 8 bits costs nothing.
                self.activations[layer.name] = Activation(max(8, self.activation_bits(layer)), True)

    @staticmethod
    def _initial(size, kind):
        fan_in = math.prod(size[1:])
        if kind == "interval":  # Shi et al. 2021, section 4.1: keeps interval widths from growing
            return torch.randn(size) * math.sqrt(2 * math.pi) / fan_in
        if kind == "orthogonal":
            return nn.init.orthogonal_(torch.empty(size), gain=1.4)
        return torch.randn(size) * math.sqrt(2.0 / fan_in)

    def weight_bits(self, layer):
        return self.bits[layer.name][0]

    def activation_bits(self, layer):
        return self.bits[layer.name][1] if layer.name in self.bits else self.bits["default"][1]

    def weight_scale(self, layer):
        """[O]. The last layer has one scale for all classes, so that its integer sums compare with each other."""
        bits = self.weight_bits(layer)
        scale = clipped_weight_scale if self.clip_weights and bits < 8 else weight_scale
        return scale(self.weights[layer.name], bits, layer.name != self.last)

    def quantized_weight(self, layer):
        w, bits = self.weights[layer.name], self.weight_bits(layer)
        return w if bits >= 32 else quantize_weight(w, bits, self.weight_scale(layer))

    def folded_weight(self, layer):
        """Weights with the batch norm folded in, as they will run (unquantized)."""
        w = self.weights[layer.name]
        if layer.name not in self.norms:
            return w
        norm = self.norms[layer.name]
        return w * (norm.weight / (norm.running_var + norm.eps).sqrt()).view(-1, *([1] * (w.dim() - 1)))

    def _affine(self, norm, real):
        """(factor, shift) of a batch norm whose statistics are those of the real pictures, [C]: the box of a picture passes through
        the same affine map as the picture (Shi et al. 2021, section 4.3)."""
        if self.training:
            mean, variance = self._moments(real)
            with torch.no_grad():
                samples = real.numel() / real.shape[1]
                norm.running_mean.lerp_(mean, norm.momentum)
                norm.running_var.lerp_(variance * (samples / max(1, samples - 1)), norm.momentum)
                norm.num_batches_tracked.add_(1)
        else:
            mean, variance = norm.running_mean, norm.running_var
        factor = norm.weight / (variance + norm.eps).sqrt()
        return factor, norm.bias - mean * factor

    @staticmethod
    def _moments(real):
        """(mean, variance) of each channel."""
        if real.is_cuda:
            return torch.var_mean(real.float(), [axis for axis in range(real.dim()) if axis != 1], unbiased=False)[::-1]
        # Sums as products with ones, picture by picture: much the quickest way over 16-bit numbers on processors, and they do not add up errors.
        rows = real.flatten(2).transpose(1, 2) if real.dim() == 4 else real.unsqueeze(0)
        ones = torch.full((len(rows), 1, rows.shape[1]), 1 / rows.shape[1], dtype=rows.dtype, device=rows.device)
        mean = torch.bmm(ones, rows).float().mean((0, 1))
        return mean, torch.bmm(ones, rows * rows).float().mean((0, 1)) - mean**2

    def linear(self, layer, x, w, b):
        if layer.kind == "conv":
            return F.conv2d(x, w, b, layer.stride, layer.padding, 1, layer.groups)
        if x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous():
            # Turn the weights, not the pictures.
            w, x = w.view(len(w), *x.shape[1:]).permute(0, 2, 3, 1).flatten(1), x.permute(0, 2, 3, 1)
        return F.linear(x.flatten(1), w, b)

    def forward(self, x, taps=None):
        """x: [N, C, H, W] in [0, 1]. `taps`, a dict, receives every layer's output."""
        if not self.float_input:
            x = x + (torch.round(x * 255) / 255 - x).detach()
        values = {"input": x}
        for layer in self.layers:
            sources = [values[name] for name in layer.inputs]
            if layer.kind == "add":
                y = sources[0] + sources[1]
            elif layer.kind == "average_pool":
                y = sources[0].mean((2, 3), keepdim=True)
            else:
                y = self.linear(layer, sources[0], self.quantized_weight(layer), self.biases[layer.name])
                if layer.name in self.norms:
                    y = self.norms[layer.name](y)
            if layer.name in self.activations:
                y = self.activations[layer.name](y)
            values[layer.name] = y
            if taps is not None:
                taps[layer.name] = y
        return values[self.last]

    def margins_above(self, x, lo, hi, labels):
        """(logits of x, upper bounds of logit_j - logit_label over the box [lo, hi]), by interval arithmetic.

        A box is one tensor, its lower bounds before its upper ones along the channels. The last layer is taken together with the
        difference of logits (Gowal et al. 2018, section 3), in float32 whatever autocast says.
        """
        channels_last = x.stride(1) == 1
        box = torch.cat([lo, hi], 1).contiguous(memory_format=torch.channels_last if channels_last else torch.contiguous_format)
        values = {"input": (x, box)}
        for layer in self.layers[:-1]:
            sources = [values[name] for name in layer.inputs]
            if layer.kind == "add":
                y = [a + b for a, b in zip(*sources)]
            elif layer.kind == "average_pool":
                y = [a.mean((2, 3), keepdim=True) for a in sources[0]]
            else:
                y = self._box_of_linear(layer, *sources[0])
            if layer.name in self.activations:
                y = [self.activations[layer.name](a) for a in y]
            values[layer.name] = y
        with torch.autocast(x.device.type, enabled=False):
            x, box = (value.flatten(1).float() for value in values[self.layers[-1].inputs[0]])
            return self._last_margins(x, *box.chunk(2, 1), labels)

    def _box_of_linear(self, layer, x, box):
        """(value of x, box) behind a convolution or a linear layer and its batch norm."""
        w, bias = self.quantized_weight(layer), self.biases[layer.name]
        real = self.linear(layer, x, w, bias)
        if layer.name in self.norms:
            factor, shift = self._affine(self.norms[layer.name], real)
            wide = (1, -1) + (1,) * (real.dim() - 2)
            real = real * factor.view(wide).to(real.dtype) + shift.view(wide).to(real.dtype)
            w, bias = w * factor.view((-1,) + (1,) * (w.dim() - 1)), bias * factor + shift
        if box.is_cuda:
            # Centre and radius: fewer products. On processors the passes over the box cost more than they save.
            lo, hi = box.chunk(2, 1)
            centre = self.linear(layer, (lo + hi) / 2, w, bias)
            radius = self.linear(layer, (hi - lo) / 2, w.abs(), None)
            return real, torch.cat([centre - radius, centre + radius], 1)
        # lower = w+ lower + w- upper, upper = w- lower + w+ upper: one map of twice the channels, and no passes over the box besides it.
        up, down = F.relu(w), -F.relu(-w)
        if layer.groups == 1:
            both = torch.cat([torch.cat([up, down], 1), torch.cat([down, up], 1)])
            return real, self.linear(layer, box, both, torch.cat([bias, bias]))
        lo, hi = box.chunk(2, 1)
        ends = [self.linear(layer, a, up, bias) + self.linear(layer, b, down, None) for a, b in ((lo, hi), (hi, lo))]
        return real, torch.cat(ends, 1)

    def _last_margins(self, nominal, lo, hi, labels):
        last = self.layers[-1]
        w, b = self.quantized_weight(last), self.biases[last.name]
        difference = w.unsqueeze(0) - w[labels].unsqueeze(1)  # [N, classes, D]
        above = (torch.einsum("njd,nd->nj", difference, (lo + hi) / 2)
                 + torch.einsum("njd,nd->nj", difference.abs(), (hi - lo) / 2)
                 + b.unsqueeze(0) - b[labels].unsqueeze(1))
        return F.linear(nominal, w, b), above
