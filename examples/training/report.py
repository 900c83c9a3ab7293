#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures every network of the given folders and writes the tables and the page.

    report.py OUT ../models                  # OUT as train_all.py writes it
    report.py OUT --samples 200 --queries 500 --markdown /tmp/r.md --html /tmp/r.html      # a quick look
    report.py OUT --cached                   # only what was measured before

Each measurement is kept in --cache and not made again; stopped, it goes on. Cheap ones are made first, of all networks.
"""
import argparse
import os
import sys
import time

import torch

import report_page
from report_stages import STAGES, find, load, transfer_sources

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", help="with networks, DATA/RECIPE-wBaB/seedS/net.onnx or DATA-RECIPE-wBaB.onnx")
    parser.add_argument("--bulwark", default=os.path.join(ROOT, "build/release/bin/bulwark"), help="the bulwark tool")
    parser.add_argument("--cache", default=os.path.expanduser("~/.cache/bulwark/report"), help="folder of measurements")
    parser.add_argument("--eps", type=int, default=8, help="of attacks, in levels of 1/255 (8)")
    parser.add_argument("--samples", type=int, default=1000, help="pictures under attack (1000)")
    parser.add_argument("--queries", type=int, default=5000, help="of Square, for each picture (5000)")
    parser.add_argument("--stages", default=",".join(STAGES), help="of these measurements, in this order")
    parser.add_argument("--only", nargs="+", help="networks such as plain-w4a4")
    parser.add_argument("--cached", action="store_true", help="measure nothing, write what is there")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--markdown", default=os.path.join(HERE, "RESULTS.md"))
    parser.add_argument("--html", default=os.path.join(HERE, "results.html"))
    options = parser.parse_args()
    options.bulwark = os.path.abspath(options.bulwark)
    # Measurements of other sizes are others.
    options.cache = os.path.join(options.cache, f"eps{options.eps}-n{options.samples}-q{options.queries}")
    if set(options.stages.split(",")) - set(STAGES):
        parser.error(f"--stages: {', '.join(STAGES)} are known")
    return options


def measure(entries, options):
    jobs = [(stage, entry) for stage in options.stages.split(",") for entry in entries]
    for number, (stage, entry) in enumerate(jobs, 1):
        os.makedirs(entry.cache, exist_ok=True)
        result = entry.file(stage + ".json")
        inputs = [entry.path, *(transfer_sources(entry, options).values() if stage == "transfer" else [])]
        if os.path.exists(result) and os.path.getmtime(result) >= max(map(os.path.getmtime, inputs)) or inputs == [entry.path] and stage == "transfer":
            continue
        start = time.time()
        STAGES[stage](entry, options)
        print(f"[{number}/{len(jobs)}] {entry.data} {entry.name} seed {entry.seed}: {stage}, {time.time() - start:.0f} s", file=sys.stderr, flush=True)


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    entries = [entry for entry in find(options.folders, options.cache) if not options.only or entry.name in options.only]
    if not entries:
        raise SystemExit(f"no network in {', '.join(options.folders)}")
    if not options.cached:
        measure(entries, options)
    measured = [(entry, result) for entry in entries for result in [load(entry)] if result]
    for path, make in ((options.markdown, report_page.markdown), (options.html, report_page.html)):
        with open(path + ".new", "w") as file:
            file.write(make(measured, options))
        os.replace(path + ".new", path)
    print(f"{len(measured)} networks: {options.markdown}, {options.html}")


if __name__ == "__main__":
    main()
