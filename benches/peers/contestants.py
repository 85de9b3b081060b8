"""The contestants: PyTorch, ONNX Runtime, candle and Calling.

Each takes windows of token ids and returns seconds and logits. Each first runs once
untimed, since another contestant has just used the caches.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import onnxruntime
import torch
from transformers import AutoModelForSequenceClassification

from checkpoints import ROOT, Checkpoint

Windows = Sequence[Sequence[int]]
Window = TypeVar("Window")


class Unsupported(Exception):
    """This processor lacks the required instructions."""


class Contestant(Protocol):
    """One way to compute a checkpoint's logits."""

    name: str
    precision: str

    def run(self, windows: Windows, passes: int) -> tuple[list[float], np.ndarray]:
        """Returns the seconds of each of `passes` passes over all windows, and the last logits."""
        ...


def timed(
    windows: Sequence[Window], passes: int, read: Callable[[Window], np.ndarray]
) -> tuple[list[float], np.ndarray]:
    """Reads one window after another, so that no time is spent on padding."""
    rows = [read(window) for window in windows]
    seconds = []
    for _ in range(passes):
        begun = time.perf_counter()
        rows = [read(window) for window in windows]
        seconds.append(time.perf_counter() - begun)
    return seconds, np.concatenate(rows).astype(np.float64)


class PyTorch:
    """transformers' classes with their defaults and PyTorch's fused attention."""

    def __init__(self, checkpoint: Checkpoint, precision: str, threads: int) -> None:
        self.name = f"PyTorch {precision}"
        self.precision = precision
        torch.set_num_threads(threads)
        dtype = {"f32": torch.float32, "bf16": torch.bfloat16}[precision]
        self.model = AutoModelForSequenceClassification.from_pretrained(
            checkpoint.dir, dtype=dtype, attn_implementation="sdpa"
        ).eval()

    def run(self, windows: Windows, passes: int) -> tuple[list[float], np.ndarray]:
        """See `Contestant.run`."""

        def read(window: torch.Tensor) -> np.ndarray:
            return self.model(input_ids=window).logits.float().numpy()

        with torch.inference_mode():
            return timed([torch.tensor([window]) for window in windows], passes, read)


class OnnxRuntime:
    """An export fused by ONNX Runtime's own optimizer."""

    def __init__(self, checkpoint: Checkpoint, precision: str, threads: int) -> None:
        self.name = f"ONNX Runtime {precision}"
        self.precision = precision
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Its threads may spin during a pass, but not into another contestant's turn.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        path = checkpoint.onnx_int8 if precision == "int8" else checkpoint.onnx_f32
        self.session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        types = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
        self.inputs = {i.name: types[i.type] for i in self.session.get_inputs()}

    def feed(self, window: Sequence[int]) -> dict[str, np.ndarray]:
        """The inputs of one window: no token is masked, and all have the first type."""
        ids = np.asarray([window])
        values = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        return {name: values[name].astype(kind) for name, kind in self.inputs.items()}

    def run(self, windows: Windows, passes: int) -> tuple[list[float], np.ndarray]:
        """See `Contestant.run`."""
        feeds = [self.feed(window) for window in windows]
        return timed(feeds, passes, lambda feed: self.session.run(None, feed)[0])


class Calling:
    """Calling's forward passes, and candle's reference, run by examples/forward.rs.

    The windows of one call are computed together.
    """

    def __init__(
        self,
        program: Forward,
        checkpoint: Checkpoint,
        precision: str,
        threads: int,
        instructions: str | None = None,
    ) -> None:
        held = f" limited to {instructions}" if instructions else ""
        candle = "candle f32 with AVX-512" if program.wide_candle else "candle f32"
        self.name = candle if precision == "reference" else f"Calling {precision}{held}"
        self.precision = "f32" if precision == "reference" else precision
        self.program = program
        self.request = {
            "dir": str(checkpoint.dir),
            "precision": precision,
            "instructions": instructions,
            "threads": threads,
        }
        self.execution = str(self.ask([[1]], 0)["execution"])

    def ask(self, windows: Windows, passes: int) -> dict:
        """Sends a request to the program."""
        windows = [[int(token) for token in window] for window in windows]
        return self.program.ask({"read": self.request | {"windows": windows, "passes": passes}})

    def run(self, windows: Windows, passes: int) -> tuple[list[float], np.ndarray]:
        """See `Contestant.run`. The program measures the time."""
        answer = self.ask(windows, passes)
        return answer["seconds"], np.asarray(answer["logits"], dtype=np.float64)


class Forward:
    """A process of examples/forward.rs, built with or without `wide-candle`."""

    def __init__(self, executable: Path, threads: int, *, wide_candle: bool = True) -> None:
        self.wide_candle = wide_candle
        self.process = subprocess.Popen(
            [executable],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # candle's matrix products use rayon's threads.
            env=os.environ | {"RAYON_NUM_THREADS": str(threads)},
        )

    def ask(self, request: dict) -> dict:
        """Writes a request line and reads the answer."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the program ended with {self.process.wait()}")
        answer = json.loads(line)
        if "unsupported" in answer:
            raise Unsupported(answer["unsupported"])
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def register_peaks(self, threads: int) -> dict[str, float]:
        """The processor's peak operations per second in registers, by precision."""
        peaks = {}
        for precision in ("f32", "bf16", "int8"):
            asked = {"precision": precision, "instructions": None, "threads": threads}
            try:
                answer = self.ask({"register_peak": asked})
            except Unsupported:
                continue
            peaks[precision] = float(answer["operations_per_second"])
        return peaks

    def close(self) -> None:
        """Closes standard input, which ends the program."""
        self.process.communicate()


def build(arguments: Sequence[str]) -> list[Path]:
    """Runs cargo and returns the executables it built."""
    command = [
        "cargo",
        *arguments,
        "--locked",
        "--message-format=json-render-diagnostics",
    ]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    return [Path(m["executable"]) for m in messages if m.get("executable")]
