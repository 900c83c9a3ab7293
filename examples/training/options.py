# SPDX-License-Identifier: Apache-2.0
"""The options of train.py, and the settings that each recipe brings along."""
import argparse

import torch

from networks import NETWORKS

RECIPES = {
    # name: settings that the options below override
    "float": dict(bits=32),
    "plain": dict(),
    "paper": dict(regularizer="orthogonal", beta=2e-4),
    "true-norm": dict(batch_norm=False, regularizer="norm", beta=0.1, lr=0.05),
    "adversarial-half": dict(regularizer="orthogonal", beta=2e-4, adversarial_share=0.5),
    "interval": dict(interval="box"),
    "sabr": dict(interval="small-box", attack_steps=4, interval_weight=1.0),
    "mtl-ibp": dict(interval="attacked", attack_steps=1),
}
DEFAULTS = dict(bits=8, batch_norm=True, regularizer="none", beta=0.0, adversarial_share=0.0, interval="none", optimizer="sgd",
                lr=0.1, batch=128, augment=True, average=0.0, attack_steps=1, interval_weight=0.6, clip_weights=False, fit_bounds=False)
INTERVAL_DEFAULTS = dict(optimizer="adam", lr=2e-3, batch=256, augment=False, average=0.998, clip_weights=True, fit_bounds=True)


def _bits(text):
    return int(text) if text.isdigit() else text


def _parser(about):
    parser = argparse.ArgumentParser(description=about)
    option = parser.add_argument
    option("--data", choices=("fashion-mnist", "cifar-10"), default="fashion-mnist")
    option("--network", choices=sorted(NETWORKS), default="small")
    option("--recipe", choices=sorted(RECIPES), default="plain")
    option("--bits", type=_bits, help="8, 4, 3, 2 (weights and activations), W,A, or a plan.json of bulwark search")
    option("--from", dest="source", metavar="NET.pt|onnx", help="start from a trained network, the float one for example; .onnx: with --no-batch-norm")
    option("--epochs", type=int, default=4)
    option("--eps", type=float, default=8, help="of attacks and interval bounds, in steps of 1/255 (8)")
    option("--seed", type=int, default=0)
    option("--lr", type=float)
    option("--batch", type=int)
    option("--augment", action=argparse.BooleanOptionalAction, help="mirrored and, with --shift, shifted pictures")
    option("--shift", type=int, help="largest shift in pixels (4 for cifar-10, else 0)")
    option("--smoothing", type=float, default=0.0, help="label smoothing (0)")
    option("--l1", type=float, default=0.0, help="weight of the mean of |w| (0)")
    option("--average", type=float, help="decay of the running average of the weights that is exported, 0: none")
    option("--beta", type=float, help="weight of the regularizer")
    option("--decay", type=float, help="weight decay (5e-4 for recipes without a regularizer, else 0)")
    option("--target", type=float, default=2.2, help="operator norm that --recipe true-norm allows (2.2)")
    option("--adversarial-share", type=float, help="share of each batch that is attacked, 0..1")
    option("--attack-steps", type=int, help="steps of the training attack (1: fast)")
    option("--smooth-attack", action="store_true", help="attack the network without the rounding of its activations")
    option("--clip-weights", action=argparse.BooleanOptionalAction, help="weights of few bits lose their largest values where that leaves less error (interval)")
    option("--fit-bounds", action=argparse.BooleanOptionalAction, help="activations begin with the range of least squared error (interval, --from)")
    option("--batch-norm", action=argparse.BooleanOptionalAction)
    option("--interval-weight", type=float, help="final share of the worst case in the loss")
    option("--warm", type=float, default=0.05, help="share of the training before eps grows (0.05)")
    option("--ramp", type=float, default=0.5, help="share of the training in which eps grows, 0: at its end at once (0.5)")
    option("--eps-factor", type=float, default=1.05, help="interval bounds are trained for this times eps (1.05)")
    option("--box-part", type=float, default=0.4, help="radius of sabr's boxes as a part of eps (0.4)")
    option("--samples", type=int, help="train on the first N pictures only")
    option("--test-samples", type=int, help="evaluate on the first N test pictures only")
    option("--bfloat16", action="store_true", help="16-bit convolutions in the first nine tenths of the training")
    option("--compile", action="store_true", help="torch.compile, where this PyTorch has it")
    option("--record", action=argparse.BooleanOptionalAction, help="replay recorded steps (on a GPU)")
    option("--threads", type=int, default=1)
    option("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    option("--output", required=True, help="OUT.onnx; OUT.pt and OUT.json are written beside it")
    return parser


def arguments(argv, about):
    options = vars(_parser(about).parse_args(argv))
    recipe = RECIPES[options["recipe"]]
    settings = {**DEFAULTS, **(INTERVAL_DEFAULTS if "interval" in recipe else {}), **recipe}
    for name, value in options.items():
        if value is not None or name not in settings:
            settings[name] = value
    if settings["decay"] is None:
        settings["decay"] = 5e-4 if settings["regularizer"] == "none" and settings["optimizer"] == "sgd" else 0.0
    if settings["record"] is None:
        settings["record"] = settings["device"].startswith("cuda")
    if settings["shift"] is None:
        settings["shift"] = 4 if settings["data"] == "cifar-10" else 0
    return argparse.Namespace(**settings)
