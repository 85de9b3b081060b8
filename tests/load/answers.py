"""Generated answers: ratings, words for the open questions, and whole texts, the same for the same seed.

Their content does not matter. But no two visitors may say the same, because the server caches the readings of windows.
"""

import random

_WHO = ["I", "My sister and I", "A friend and I", "Most days I", "These days I", "As a child I", "On Sundays I"]
_DOES = ["mended", "painted", "counted", "planned", "read about", "talked about", "forgot", "sorted", "drew", "cooked for"]
_WHAT = ["an old radio", "the neighbors", "a garden shed", "three maps", "the harbor", "a long list", "my class",
         "a broken clock", "the choir", "a stray dog", "seven letters", "the night train"]
_WHY = ["because it was quiet", "until it was dark", "without asking anybody", "and nobody minded", "before breakfast",
        "for the whole street", "as carefully as I could", "which surprised everyone", "and I would do it again"]
_FELT = ["It calmed me down.", "I felt proud for a week.", "I was glad when it was over.", "It is how I like to spend time.",
         "I learned more than I had planned.", "Others thought it was odd.", "I laughed about it later."]


class Answers:
    """Draws what one visitor rates and writes."""

    def __init__(self, seed):
        self._draw = random.Random(seed)

    def rating(self):
        """A rating, 1 to 5, as the form posts it."""
        return str(self._draw.randint(1, 5))

    def words(self, sentences=3):
        """An answer to an open question."""
        draw = self._draw
        said = []
        for _ in range(sentences):
            number = draw.randint(2, 999)
            said.append(f"{draw.choice(_WHO)} {draw.choice(_DOES)} {draw.choice(_WHAT)} {draw.choice(_WHY)}, {number} of them.")
            said.append(draw.choice(_FELT))
        return " ".join(said)

    def text(self, words=250):
        """A text for the JSON interface, of at least this many words."""
        paragraphs = []
        while sum(len(paragraph.split()) for paragraph in paragraphs) < words:
            paragraphs.append(self.words())
        return "\n\n".join(paragraphs)
