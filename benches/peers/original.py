"""The software stack that Calling replaces: Flask, gunicorn, PyTorch in f32.

It serves the same JSON route and reads the first 512 tokens of a text with both models.
It has no spreadsheets and no database, which makes it slightly faster than the original.
end_to_end.py starts it:

    CHECKPOINTS=target/peers/base gunicorn --chdir benches/peers "original:create()"
"""

import os
from pathlib import Path

import torch
from flask import Flask, Response, jsonify, request
from transformers import AutoModelForSequenceClassification, AutoTokenizer

TOKENS = 512


class Classifier:
    """A checkpoint and its tokenizer, loaded by transformers."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForSequenceClassification.from_pretrained(folder).eval()

    def probabilities(self, text: str) -> dict[str, float]:
        """The probability of each label, from the text's first 512 tokens."""
        window = self.tokenizer(text, truncation=True, max_length=TOKENS, return_tensors="pt")
        with torch.inference_mode():
            logits = self.model(**window).logits[0]
        config = self.model.config
        many = config.problem_type == "multi_label_classification"
        values = logits.sigmoid() if many else logits.softmax(dim=0)
        return {config.id2label[place]: value for place, value in enumerate(values.tolist())}


def create() -> Flask:
    """The application; CHECKPOINTS names the folder with bert/ and albert/."""
    folder = Path(os.environ["CHECKPOINTS"])
    classifiers = {name: Classifier(folder / name) for name in ("bert", "albert")}
    app = Flask(__name__)

    @app.get("/ready")
    def ready() -> Response:
        return jsonify(status="ready")

    @app.post("/get_career_recommendations")
    def get_career_recommendations() -> Response:
        text = request.get_json()["text"]
        return jsonify(
            {name: classifier.probabilities(text) for name, classifier in classifiers.items()}
        )

    return app
