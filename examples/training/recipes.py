# SPDX-License-Identifier: Apache-2.0
"""What the loss asks for besides the right label: orthogonality, small operator norms, attacked pictures, interval bounds."""
import torch
import torch.nn.functional as F


def orthogonality(network):
    """Sum over convolutions of ||W W^T - I||_F^2, W the kernel reshaped to [O, I*k*k] (Lin et al. 2019, equation 6); of
    W^T W where a layer has more outputs than inputs."""
    total = 0.0
    for layer in network.layers:
        if layer.kind != "conv" or layer.groups > 1:
            continue
        w = network.weights[layer.name].flatten(1)
        if w.shape[0] > w.shape[1]:
            w = w.t()
        total = total + ((w @ w.t() - torch.eye(w.shape[0], device=w.device)) ** 2).sum()
    return total


class OperatorNorms:
    """Largest singular value of each convolution as the linear map that it is (zero padding and stride included), by power
    iteration whose vectors are kept from step to step."""

    def __init__(self, network, largest_extent=14):
        self.network = network
        self.vectors = {}
        shapes = {"input": network.shape, **{layer.name: layer.shape for layer in network.layers}}
        self.layers = [layer for layer in network.layers if layer.kind == "conv"]
        self.sizes = {layer.name: (shapes[layer.inputs[0]][0],) + tuple(min(extent, largest_extent)
                                                                       for extent in shapes[layer.inputs[0]][1:])
                      for layer in self.layers}

    def norm(self, layer, iterations=1):
        w = self.network.folded_weight(layer)
        if layer.name not in self.vectors:
            self.vectors[layer.name] = torch.randn((1,) + self.sizes[layer.name], device=w.device)
        u = self.vectors[layer.name]
        with torch.no_grad():
            for _ in range(iterations):
                v = F.conv2d(u, w, None, layer.stride, layer.padding, 1, layer.groups)
                extra = [u.shape[axis] - ((v.shape[axis] - 1) * layer.stride - 2 * layer.padding + layer.kernel)
                         for axis in (2, 3)]
                u = F.conv_transpose2d(v / v.norm(), w, None, layer.stride, layer.padding, extra, layer.groups)
                u = u / u.norm()
            self.vectors[layer.name].copy_(u)  # in place: a recorded step reads this memory again
        return F.conv2d(u, w, None, layer.stride, layer.padding, 1, layer.groups).norm()

    def excess(self, target):
        """Sum of max(0, norm - target)^2."""
        return sum(F.relu(self.norm(layer) - target) ** 2 for layer in self.layers)


def _random_start(x, eps):
    return (x + eps * (2 * torch.rand_like(x) - 1)).clamp(0, 1)


def attacked(network, x, y, eps):
    """One step from a random start, 1.25 eps long (Wong et al. 2020): pictures for adversarial training. eps: number or tensor."""
    start = _random_start(x, eps).requires_grad_(True)
    (gradient,) = torch.autograd.grad(F.cross_entropy(network(start), y), start)
    moved = start.detach() + 1.25 * eps * gradient.sign()
    return torch.max(torch.min(moved, x + eps), x - eps).clamp(0, 1)


def attacked_pgd(network, x, y, eps, steps):
    """`steps` steps of size 2.5 eps / steps from a random start (Madry et al. 2018)."""
    z = _random_start(x, eps)
    for _ in range(steps):
        z = z.detach().requires_grad_(True)
        (gradient,) = torch.autograd.grad(F.cross_entropy(network(z), y), z)
        z = torch.max(torch.min(z + 2.5 * eps / steps * gradient.sign(), x + eps), x - eps).clamp(0, 1)
    return z.detach()


def box(x, eps):
    """(lo, hi): the pictures within eps of x."""
    return (x - eps).clamp_min(0), (x + eps).clamp_max(1)


def interval_schedule(done, warm, ramp):
    """Share of the final eps when a share `done` of the training lies behind: 0 while warm, then linear up to 1."""
    return min(1.0, max(0.0, done - warm) / ramp) if ramp > 0 else float(done >= warm)


def interval_loss(network, x, lo, hi, y, weight, smoothing=0.0):
    """Cross entropy of the logits of x and of their worst case over the box [lo, hi], mixed (Gowal et al. 2018, equation 12)."""
    logits, above = network.margins_above(x, lo, hi, y)
    loss = ((1 - weight) * F.cross_entropy(logits, y, label_smoothing=smoothing)
            + weight * F.cross_entropy(above, y, label_smoothing=smoothing))
    return loss, logits
