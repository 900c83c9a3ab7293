#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The latency tables of the studies: modelled cycles of Cortex-A53, A72 and A76 for their networks.

    study_tables.py [--out build/study] [--anew] [--networks small resnet-20 mobilenet fmnist cifar]

Needs the builds `release` and `aarch64` and what bench/model-table.sh needs. --anew counts every layer again and forgets the searches
and counts made with the old tables: for kernels that have changed.
"""
import argparse
import shutil

from study import NETWORKS, Study


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="build/study")
    parser.add_argument("--anew", action="store_true")
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS))
    options = parser.parse_args()
    study = Study(options.out)
    if options.anew:
        for folder in ("searches", "cycles"):
            shutil.rmtree(study.path(folder), ignore_errors=True)
    study.make_tables([NETWORKS[name] for name in options.networks], anew=options.anew)


if __name__ == "__main__":
    main()
