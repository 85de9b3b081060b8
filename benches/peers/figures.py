"""A run's figures as Markdown: ratios with floor and goal, and all times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

TITLES = {"bert": "BERT", "albert": "ALBERT"}


@dataclass(frozen=True)
class Figure:
    """A ratio (larger is better), with its floor and goal if they are set."""

    title: str
    value: Callable[[dict], float]
    floor: float | None = None
    goal: float | None = None
    unit: str = "×"

    def written(self, number: float) -> str:
        """The number in the figure's unit."""
        return f"{100 * number:.0f}%" if self.unit == "%" else f"{number:.2f}×"

    def row(self, checkpoints: dict[str, dict]) -> str:
        """A row of the table, with a dash for a contestant that could not run."""
        cells = []
        for name in TITLES:
            try:
                cells.append(self.written(self.value(checkpoints[name])))
            except KeyError:
                cells.append("–")
        bounds = (self.floor, self.goal)
        cells += ["–" if bound is None else self.written(bound) for bound in bounds]
        return f"| {self.title} | " + " | ".join(cells) + " |"


def median(checkpoint: dict, contestant: str, case: str) -> float:
    """Seconds of a contestant's median pass."""
    return checkpoint["seconds"][contestant][case]["median"]


def faster(ours: str, theirs: str, *cases: str) -> Callable[[dict], float]:
    """Their time divided by ours; the smallest such ratio of several cases."""

    def value(checkpoint: dict) -> float:
        return min(
            median(checkpoint, theirs, case) / median(checkpoint, ours, case) for case in cases
        )

    return value


def together(lengths: list[int]) -> Callable[[dict], float]:
    """Tokens per second of the eight texts, relative to one text of 512."""

    def value(checkpoint: dict) -> float:
        eight = sum(lengths) / median(checkpoint, "Calling int8", "eight")
        return eight / (512 / median(checkpoint, "Calling int8", "512"))

    return value


def share_of_peak(checkpoint: dict) -> float:
    """The shortest possible time of a pass of 512 tokens, divided by the measured time.

    Linear layers count at the int8 peak, attention at the peak of its precision on this
    processor.
    """
    operations, peaks = checkpoint["operations_at_512"], checkpoint["register_peaks"]
    least = operations["linear"] / peaks["int8"]
    least += operations["attention"] / peaks.get("bf16", peaks["f32"])
    return least / median(checkpoint, "Calling int8", "512")


def asked(results: dict) -> list[Figure]:
    """Every figure with its floor and goal."""
    six = [case for case, lengths in results["cases"].items() if len(lengths) == 1]
    int8, f32, bf16 = "Calling int8", "Calling f32", "Calling bf16"
    f32_avx2, int8_avx2 = f"{f32} limited to avx2", f"{int8} limited to avx2"
    ort = "ONNX Runtime int8"
    odd = ["37", "130", "300", "511"]
    return [
        Figure(f"int8 against {ort}, 512 tokens", faster(int8, ort, "512"), 1.4, 1.7),
        Figure(f"int8 against {ort}, 128 tokens", faster(int8, ort, "128"), 1.2, 1.5),
        Figure(
            f"int8 against {ort}, the worst of 37, 130, 300 and 511 tokens",
            faster(int8, ort, *odd),
            1.15,
            1.4,
        ),
        Figure(
            "int8 against PyTorch f32, 512 tokens",
            faster(int8, "PyTorch f32", "512"),
            7,
            9,
        ),
        Figure(
            "int8 against candle f32, 512 tokens",
            faster(int8, "candle f32", "512"),
            12,
            15,
        ),
        Figure(
            "int8 against candle f32 with AVX-512, 512 tokens",
            faster(int8, "candle f32 with AVX-512", "512"),
        ),
        Figure(
            "int8, 512 tokens: share of the processor's measured register peak",
            share_of_peak,
            0.6,
            0.8,
            "%",
        ),
        Figure(
            "bf16 against PyTorch bf16, 512 tokens",
            faster(bf16, "PyTorch bf16", "512"),
            1.3,
            1.6,
        ),
        Figure(
            "f32 against ONNX Runtime f32, 512 tokens",
            faster(f32, "ONNX Runtime f32", "512"),
            0.95,
            1.1,
        ),
        Figure(
            "f32 against ONNX Runtime f32, the worst of the six lengths",
            faster(f32, "ONNX Runtime f32", *six),
            0.95,
            1.1,
        ),
        Figure(
            "int8, eight texts of 40 to 512 tokens together: tokens per second against"
            " one text of 512",
            together(results["cases"]["eight"]),
            0.95,
            1.1,
        ),
        Figure(
            "limited to AVX2: f32 against candle f32, 512 tokens",
            faster(f32_avx2, "candle f32", "512"),
            2,
            3,
        ),
        Figure(
            "limited to AVX2: f32 against candle f32 with AVX-512, 512 tokens",
            faster(f32_avx2, "candle f32 with AVX-512", "512"),
        ),
        Figure(
            "limited to AVX2: int8 against our own f32, 512 tokens",
            faster(int8_avx2, f32_avx2, "512"),
            1.5,
            2,
        ),
    ]


def conditions(results: dict) -> str:
    """A sentence on the machine and the versions."""
    machine, versions = results["machine"], results["versions"]
    return (
        f"{machine['processor']}, {machine['processors']} processors"
        f" ({', '.join(machine['instructions'])}), {results['threads']} threads each;"
        f" PyTorch {versions['torch']} with transformers {versions['transformers']},"
        f" ONNX Runtime {versions['onnxruntime']}, candle {versions['candle']},"
        f" rustc {versions['rustc']}; medians of {results['rounds']} rounds."
    )


def figures(results: dict) -> str:
    """The ratios. 1× is equal speed, larger is faster."""
    lines = [
        conditions(results),
        "",
        "| Calling's | BERT | ALBERT | at least | goal |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    lines += [figure.row(results["checkpoints"]) for figure in asked(results)]
    return "\n".join(lines) + "\n"


def times(results: dict) -> str:
    """Milliseconds of each contestant's median pass, by number of tokens."""
    cases = list(results["cases"])
    lines = []
    for name, checkpoint in results["checkpoints"].items():
        lines += [
            f"| {TITLES[name]}, ms | " + " | ".join(cases) + " |",
            "| --- |" + " ---: |" * len(cases),
        ]
        for contestant in checkpoint["seconds"]:
            passes = [1e3 * median(checkpoint, contestant, case) for case in cases]
            lines.append(f"| {contestant} | " + " | ".join(map(written, passes)) + " |")
        lines.append("")
    return "\n".join(lines)


def written(milliseconds: float) -> str:
    """The number with three significant digits."""
    if milliseconds >= 100:
        return f"{milliseconds:.0f}"
    return f"{milliseconds:.1f}" if milliseconds >= 10 else f"{milliseconds:.2f}"
