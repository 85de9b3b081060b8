"""Compares the speed of PyTorch, ONNX Runtime, candle and Calling on the same checkpoints.

    python3 -m venv target/peers/python
    target/peers/python/bin/pip install -r benches/peers/requirements.txt
    target/peers/python/bin/python benches/peers/compare.py

All contestants read the same token ids with the same weights on the same number of
threads. In each round they take turns in a new random order, so that other load on the
machine affects all of them alike. README.md in this folder describes the method.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import torch
import transformers

import picture
from checkpoints import BASE, ROOT, SMALL, Checkpoint, make
from contestants import (
    Calling,
    Contestant,
    Forward,
    OnnxRuntime,
    PyTorch,
    Unsupported,
    Windows,
    build,
)
from figures import figures, times

BUNDLED = {"bert": ROOT / "models" / "big-five", "albert": ROOT / "models" / "mbti"}
# Tokens of each text, special tokens included.
CASES: dict[str, list[int]] = {
    "37": [37],
    "128": [128],
    "130": [130],
    "300": [300],
    "511": [511],
    "512": [512],
    "eight": [40, 107, 175, 242, 310, 377, 445, 512],
}
# The largest difference from PyTorch's f32 logits, as computed by `Match.differences`. f32
# differs by rounding only; bf16 keeps 8 significant bits of every number, int8 about 7 bits
# of a token's largest number, through twelve layers.
TOLERANCE = {"f32": 1e-3, "bf16": 0.2, "int8": 0.5}
# Long enough for the previous contestant's threads to fall asleep.
PAUSE_SECONDS = 0.05
VISIT_SECONDS = 0.25
MOST_PASSES = 7
MARKS = ("<!-- compare.py: begin -->", "<!-- compare.py: end -->")


def line_up(
    checkpoint: Checkpoint, program: Forward, stock: Forward, threads: int
) -> list[Contestant]:
    """The contestants that this processor supports; the first is the reference for logits."""
    makers: list[Callable[[], Contestant]] = [
        lambda: PyTorch(checkpoint, "f32", threads),
        lambda: PyTorch(checkpoint, "bf16", threads),
        lambda: OnnxRuntime(checkpoint, "f32", threads),
        lambda: OnnxRuntime(checkpoint, "int8", threads),
        lambda: Calling(stock, checkpoint, "reference", threads),
        lambda: Calling(program, checkpoint, "reference", threads),
        lambda: Calling(program, checkpoint, "f32", threads),
        lambda: Calling(program, checkpoint, "bf16", threads),
        lambda: Calling(program, checkpoint, "int8", threads),
        lambda: Calling(program, checkpoint, "f32", threads, "avx2"),
        lambda: Calling(program, checkpoint, "int8", threads, "avx2"),
    ]
    able: list[Contestant] = []
    for maker in makers:
        try:
            able.append(maker())
        except Unsupported as reason:
            print(f"{checkpoint.name}: skipped: {reason}")
    return able


class Match:
    """The samples and logits of all contestants on one checkpoint."""

    def __init__(self, checkpoint: Checkpoint, contestants: list[Contestant], seed: int) -> None:
        self.contestants = contestants
        self.random = np.random.default_rng(seed)
        self.windows: dict[str, Windows] = {
            case: [
                self.random.integers(checkpoint.vocabulary, size=length).tolist()
                for length in lengths
            ]
            for case, lengths in CASES.items()
        }
        self.seconds: dict[str, dict[str, list[float]]] = defaultdict(dict)
        self.logits: dict[str, dict[str, np.ndarray]] = defaultdict(dict)

    def round(self, keep: bool) -> None:
        """All contestants read every case. A warm-up round does not keep the times."""
        for case, windows in self.windows.items():
            for number in self.random.permutation(len(self.contestants)):
                contestant = self.contestants[number]
                known = self.seconds[contestant.name].setdefault(case, [])
                passes = round(VISIT_SECONDS / known[-1]) if known else 1
                time.sleep(PAUSE_SECONDS)
                seconds, logits = contestant.run(windows, min(max(passes, 1), MOST_PASSES))
                self.logits[contestant.name][case] = logits
                if keep:
                    known.extend(seconds)

    def differences(self) -> dict[str, float]:
        """The difference of each contestant's logits from the first one's, in the worst window.

        It is the root mean square over the labels, in standard deviations of a logit over
        all windows: a result unrelated to the window is at about 1.4.
        """
        everything = {
            c.name: np.concatenate([self.logits[c.name][case] for case in CASES])
            for c in self.contestants
        }
        reference = everything[self.contestants[0].name]
        spread = np.sqrt(reference.var(axis=0).mean())
        return {
            name: float(np.sqrt(((logits - reference) ** 2).mean(axis=1)).max() / spread)
            for name, logits in everything.items()
        }


def machine() -> dict[str, object]:
    """Describes the machine."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    fields = dict(re.split(r"\s*:\s*", line, maxsplit=1) for line in lines if ":" in line)
    flags = set(fields.get("flags", "").split())
    telling = ["avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8"]
    return {
        "processor": fields.get("model name", "unknown"),
        "processors": len(os.sched_getaffinity(0)),
        "instructions": [flag for flag in telling if flag in flags],
        "load_at_start": os.getloadavg()[0],
    }


def versions() -> dict[str, str]:
    """The versions of the software compared."""
    rustc = subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True)
    asked = re.search(r'^candle-core = "(.+)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    assert asked, "Cargo.toml names no candle-core"
    locked = re.findall(
        r'^name = "candle-core"\nversion = "(.+)"$', (ROOT / "Cargo.lock").read_text(), re.MULTILINE
    )
    candle = next(version for version in locked if version.startswith(f"{asked.group(1)}."))
    return {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "onnxruntime": onnxruntime.__version__,
        "candle": candle,
        "rustc": rustc.stdout.split()[1],
    }


def summary(match: Match) -> dict[str, dict[str, dict[str, float]]]:
    """Seconds by contestant and case: median, spread and number of passes."""
    return {
        contestant.name: {
            case: {
                "median": float(np.median(seconds)),
                "p10": float(np.quantile(seconds, 0.1)),
                "p90": float(np.quantile(seconds, 0.9)),
                "passes": len(seconds),
            }
            for case, seconds in match.seconds[contestant.name].items()
        }
        for contestant in match.contestants
    }


def contest(options: argparse.Namespace, program: Path, stock_program: Path) -> dict:
    """Measures all contestants on both checkpoints; returns the contents of results.json."""
    sizes = SMALL if options.small else BASE
    work = options.work / ("small" if options.small else "base")
    results: dict = {
        "machine": machine(),
        "versions": versions(),
        "threads": options.threads,
        "rounds": options.rounds,
        "tolerance": TOLERANCE,
        "cases": CASES,
        "checkpoints": {},
    }
    for name, bundled in BUNDLED.items():
        checkpoint = make(name, sizes, work, bundled)
        # A new process per checkpoint, so that only one checkpoint's models are in memory.
        forward = Forward(program, options.threads)
        stock = Forward(stock_program, options.threads, wide_candle=False)
        able = line_up(checkpoint, forward, stock, options.threads)
        match = Match(checkpoint, able, options.seed)
        match.round(keep=False)
        for number in range(options.rounds):
            match.round(keep=True)
            print(f"{name}: round {number + 1} of {options.rounds}", flush=True)
        register_peaks = forward.register_peaks(options.threads)
        forward.close()
        stock.close()
        linear, attention = sizes.operations(512)
        results["checkpoints"][name] = {
            "seconds": summary(match),
            "differences": match.differences(),
            "precisions": {c.name: c.precision for c in match.contestants},
            "executions": {
                c.name: c.execution for c in match.contestants if isinstance(c, Calling)
            },
            "register_peaks": register_peaks,
            "operations_at_512": {"linear": linear, "attention": attention},
        }
    return results


def disagreements(results: dict) -> list[str]:
    """Prints all differences from PyTorch's logits; returns the contestants above their limit."""
    beyond = []
    for name, checkpoint in results["checkpoints"].items():
        for contestant, difference in checkpoint["differences"].items():
            allowed = TOLERANCE[checkpoint["precisions"][contestant]]
            print(
                f"{name}: logits of {contestant} are within {difference:.2g} standard"
                f" deviations of PyTorch f32's (allowed: {allowed:g})"
            )
            # Written so that NaN counts as a disagreement.
            if not difference <= allowed:
                beyond.append(f"{contestant} on {name}")
    return beyond


def publish(results: dict) -> None:
    """Writes the run into the project: docs/PERFORMANCE.md, the picture, and the figures as JSON."""
    shown = (
        "![Milliseconds for 512 tokens, by program](images/how-fast.svg)\n\n"
        f"{figures(results)}\n"
        "<details><summary>All times</summary>\n\n"
        f"{times(results)}\n"
        "</details>"
    )
    page = ROOT / "docs" / "PERFORMANCE.md"
    before, rest = page.read_text().split(MARKS[0])
    _, after = rest.split(MARKS[1])
    page.write_text(f"{before}{MARKS[0]}\n\n{shown}\n\n{MARKS[1]}{after}")
    (ROOT / "docs" / "images" / "how-fast.svg").write_text(picture.draw(results))
    kept = Path(__file__).with_name("results.json")
    kept.write_text(json.dumps(results, indent=1) + "\n")


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9, help="measured rounds")
    parser.add_argument("--threads", type=int, default=2, help="threads per contestant")
    parser.add_argument("--seed", type=int, default=1, help="seed of token ids and turns")
    parser.add_argument(
        "--work",
        type=Path,
        default=ROOT / "target" / "peers",
        help="where checkpoints and results go",
    )
    parser.add_argument("--forward", type=Path, help="the built examples/forward.rs")
    parser.add_argument(
        "--stock-forward", type=Path, help="the same, built without default features"
    )
    parser.add_argument(
        "--small",
        action="store_true",
        help="two small layers, for a trial run; its times mean nothing",
    )
    parser.add_argument(
        "--publish",
        action="store_true",
        help="write the result into docs/PERFORMANCE.md, docs/images and benches/peers",
    )
    return parser.parse_args()


def main() -> int:
    """Runs the comparison; returns 1 if any logits differ too much."""
    options = parse()
    if options.publish and options.small:
        sys.exit("times of small checkpoints cannot be published")
    forward = ["build", "--release", "--example", "forward"]
    program = options.forward or build(forward)[0]
    # In a separate folder, since the two programs have the same name.
    apart = ["--no-default-features", "--target-dir", str(options.work / "stock")]
    stock = options.stock_forward or build([*forward, *apart])[0]
    results = contest(options, program.resolve(), stock.resolve())
    beyond = disagreements(results)
    text = figures(results) + "\n" + times(results)
    print(f"\n{text}")
    options.work.mkdir(parents=True, exist_ok=True)
    (options.work / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (options.work / "how-fast.md").write_text(text)
    (options.work / "how-fast.svg").write_text(picture.draw(results))
    if beyond:
        print("differ too much from PyTorch f32: " + ", ".join(beyond), file=sys.stderr)
        return 1
    if options.publish:
        publish(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
