"""An SVG bar chart of the time that each contestant takes for 512 tokens.

It has no animation and loads nothing; its colors follow the reader's light or dark mode.
"""

from __future__ import annotations

from html import escape

from figures import TITLES, median, written

WIDTH = 720
LABELS = 200
BAR, STEP = 16, 24
HEAD, GAP = 40, 18

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #22242a }
.title { font-weight: 600 }
.quiet { fill: #5a5c63 }
.ours { fill: #0b6e69 } .theirs { fill: #a9a294 }
.sheet { fill: #fffdf9 }
@media (prefers-color-scheme: dark) {
  text { fill: #ece8e1 } .quiet { fill: #aaa69e }
  .ours { fill: #5cc4bb } .theirs { fill: #6d6a64 } .sheet { fill: #1c1f24 }
}
"""


def draw(results: dict) -> str:
    """The picture of a run as SVG text."""
    shapes: list[str] = []
    top = 12
    for name, checkpoint in results["checkpoints"].items():
        title = f"{TITLES[name]} of base size, one text of 512 tokens: milliseconds"
        shapes.append(text(16, top + 18, title, "title"))
        top += HEAD - 8
        passes = {
            contestant: 1e3 * median(checkpoint, contestant, "512")
            for contestant in checkpoint["seconds"]
        }
        longest = max(passes.values())
        # The slowest first, so that the fastest is at the bottom.
        for contestant, milliseconds in sorted(passes.items(), key=lambda p: -p[1]):
            width = (WIDTH - LABELS - 80) * milliseconds / longest
            ours = "ours" if contestant.startswith("Calling") else "theirs"
            shapes += [
                text(LABELS - 8, top + 13, contestant, "quiet", "end"),
                f'<rect class="{ours}" x="{LABELS}" y="{top}" width="{width:.1f}"'
                f' height="{BAR}" rx="2"/>',
                text(LABELS + width + 6, top + 13, written(milliseconds)),
            ]
            top += STEP
        top += GAP
    height = top
    said = " ".join(
        f"{TITLES[name]}: {spoken(checkpoint)}."
        for name, checkpoint in results["checkpoints"].items()
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
            f' width="{WIDTH}" height="{height}" role="img" aria-labelledby="t d">',
            '<title id="t">Milliseconds to read 512 tokens; shorter is faster</title>',
            f'<desc id="d">{escape(said)}</desc>',
            f"<style>{STYLE}</style>",
            f'<rect class="sheet" width="{WIDTH}" height="{height}" rx="8"/>',
            *shapes,
            "</svg>",
            "",
        ]
    )


def spoken(checkpoint: dict) -> str:
    """The same numbers as text, for screen readers."""
    return ", ".join(
        f"{contestant} {written(1e3 * median(checkpoint, contestant, '512'))}"
        for contestant in checkpoint["seconds"]
    )


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    """A line of text."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
