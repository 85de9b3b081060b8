"""Checkpoints with random weights for all contestants, and their ONNX exports.

Speed does not depend on the weights' values, so nothing has to be downloaded: the sizes
are those of bert-base-uncased and albert-base-v2, labels and tokenizer those of the
models in this repository. The weights have a larger spread than transformers' default
(see SPREAD), so that attention is as uneven as in a trained model and a wrong result
shows in the logits.
"""

from __future__ import annotations

import json
import shutil
import warnings
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from transformers import (
    AlbertConfig,
    AlbertForSequenceClassification,
    AutoModelForSequenceClassification,
    BertConfig,
    BertForSequenceClassification,
    PreTrainedModel,
)

ROOT = Path(__file__).resolve().parents[2]
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "spiece.model",
)
# Standard deviation of a weight. With transformers' 0.02 the scores before the softmax
# differ by about 0.3; with this they differ by about 1, as in trained models.
SPREAD = 0.035
SEED = 2718


@dataclass(frozen=True)
class Sizes:
    """The sizes that determine the amount of computation."""

    hidden: int
    layers: int
    heads: int
    intermediate: int

    def operations(self, tokens: int) -> tuple[float, float]:
        """Operations of a pass over `tokens` tokens whose result is [CLS] only.

        Returns linear layers and attention separately; a multiply-add counts 2. All
        layers but the last compute every token. The last one needs every token's key and
        value, but query, attention, output and feed-forward of the first token only.
        """
        whole = 2 * tokens * self.hidden * (4 * self.hidden + 2 * self.intermediate)
        keys_and_values = 2 * tokens * self.hidden * 2 * self.hidden
        first = 2 * self.hidden * (2 * self.hidden + 2 * self.intermediate)
        linear = (self.layers - 1) * whole + keys_and_values + first
        attention = 4 * tokens * tokens * self.hidden * (self.layers - 1) + 4 * tokens * self.hidden
        return float(linear), float(attention)


BASE = Sizes(hidden=768, layers=12, heads=12, intermediate=3072)
SMALL = Sizes(hidden=128, layers=2, heads=2, intermediate=512)


@dataclass(frozen=True)
class Checkpoint:
    """A folder in Hugging Face's layout, with its ONNX exports."""

    name: str
    dir: Path
    sizes: Sizes

    @property
    def onnx_f32(self) -> Path:
        """Exported, then fused by ONNX Runtime's transformer optimizer."""
        return self.dir / "onnx" / "f32.onnx"

    @property
    def onnx_int8(self) -> Path:
        """The same with dynamically quantized linear layers."""
        return self.dir / "onnx" / "int8.onnx"

    @property
    def vocabulary(self) -> int:
        """Rows of the word embedding."""
        return int(json.loads((self.dir / "config.json").read_text())["vocab_size"])


def random_model(name: str, sizes: Sizes, labels: dict[int, str]) -> PreTrainedModel:
    """A classifier of the family `name` with seeded random weights."""
    torch.manual_seed(SEED)
    shared: dict[str, Any] = {
        "hidden_size": sizes.hidden,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "intermediate_size": sizes.intermediate,
        "initializer_range": SPREAD,
        "id2label": labels,
        "label2id": {label: number for number, label in labels.items()},
    }
    if name == "bert":
        bert = BertConfig(vocab_size=30522, problem_type="multi_label_classification", **shared)
        return BertForSequenceClassification(bert).eval()
    albert = AlbertConfig(
        vocab_size=30000,
        embedding_size=128,
        problem_type="single_label_classification",
        **shared,
    )
    return AlbertForSequenceClassification(albert).eval()


def make(name: str, sizes: Sizes, work: Path, bundled: Path) -> Checkpoint:
    """The checkpoint `name` under `work`, made now unless it exists.

    Labels and tokenizer are copied from the model in `bundled`.
    """
    checkpoint = Checkpoint(name, work / name, sizes)
    recipe = json.dumps({"sizes": asdict(sizes), "spread": SPREAD, "seed": SEED})
    done = checkpoint.dir / "made-with.json"
    if done.exists() and done.read_text() == recipe:
        return checkpoint
    shutil.rmtree(checkpoint.dir, ignore_errors=True)
    checkpoint.dir.mkdir(parents=True)
    raw = json.loads((bundled / "config.json").read_text())["id2label"]
    model = random_model(name, sizes, {int(n): label for n, label in raw.items()})
    model.save_pretrained(checkpoint.dir)
    for file in TOKENIZER_FILES:
        if (bundled / file).exists():
            shutil.copyfile(bundled / file, checkpoint.dir / file)
    export(checkpoint)
    done.write_text(recipe)
    return checkpoint


class LogitsOnly(torch.nn.Module):
    """A classifier as a function of three tensors, which the exporter requires."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        token_type_ids: torch.Tensor,
    ) -> torch.Tensor:
        """Logits `[batch, labels]` from three `[batch, tokens]`."""
        output = self.model(
            input_ids=input_ids,
            attention_mask=attention_mask,
            token_type_ids=token_type_ids,
        )
        return output.logits


def export(checkpoint: Checkpoint) -> None:
    """Writes both ONNX files.

    The transformer optimizer comes first: it fuses attention, and it resolves the
    transposed, shared weights of an ALBERT export, which the quantizer would otherwise
    leave in f32. A linear layer that is left in f32 is an error.
    """
    plain = checkpoint.dir / "onnx" / "plain.onnx"
    plain.parent.mkdir()
    # The optimizer recognizes only this implementation of attention.
    model = AutoModelForSequenceClassification.from_pretrained(
        checkpoint.dir, attn_implementation="eager"
    ).eval()
    ids = torch.arange(32).reshape(2, 16)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    with warnings.catch_warnings():
        # The tracing exporter is deprecated, but the optimizer recognizes only its graphs.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            LogitsOnly(model),
            (ids, torch.ones_like(ids), torch.zeros_like(ids)),
            str(plain),
            input_names=names,
            output_names=["logits"],
            dynamic_axes={name: {0: "batch", 1: "tokens"} for name in names}
            | {"logits": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )
    fused = optimizer.optimize_model(
        str(plain),
        model_type="bert",
        num_heads=checkpoint.sizes.heads,
        hidden_size=checkpoint.sizes.hidden,
    )
    fused.save_model_to_file(str(checkpoint.onnx_f32))
    plain.unlink()
    quantize_dynamic(
        str(checkpoint.onnx_f32),
        str(checkpoint.onnx_int8),
        weight_type=QuantType.QInt8,
        per_channel=True,
        # The fused operators have no shape from which a type could be inferred.
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )
    check_quantized(checkpoint)


def check_quantized(checkpoint: Checkpoint) -> None:
    """Raises if a layer's linear maps are still f32 in the quantized export."""
    before = operators(checkpoint.onnx_f32)
    after = operators(checkpoint.onnx_int8)
    print(f"{checkpoint.name}: fused {dict(before)}, quantized {dict(after)}")
    layers = checkpoint.sizes.layers
    plain = layers - before["Attention"]
    # The optimizer looks for a layer norm before attention, but ALBERT's first layer
    # follows the projection of the embeddings.
    if plain > (1 if checkpoint.name == "albert" else 0):
        raise RuntimeError(f"attention of {plain} layers was not fused: {before}")
    # Unfused attention has two products without weights: its scores and its output. A
    # fused layer has four with weights: query, key and value; output; two feed-forward.
    quantized = after["QAttention"] + after["MatMulInteger"]
    if after["Attention"] or after["MatMul"] > 2 * plain or quantized < 4 * layers:
        raise RuntimeError(f"linear layers were left in f32: {after}")


def operators(path: Path) -> Counter[str]:
    """Counts the operators that contain or replace a linear layer."""
    kinds = {"Attention", "QAttention", "MatMul", "MatMulInteger", "Gemm"}
    nodes = onnx.load(str(path), load_external_data=False).graph.node
    return Counter(node.op_type for node in nodes if node.op_type in kinds)
