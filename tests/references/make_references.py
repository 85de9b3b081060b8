"""Makes the fixture models and the reference logits that tests/it/models.rs compares Calling with.

    pip install "transformers==5.23.0" "tokenizers==0.23.3" "torch==2.15.0" sentencepiece protobuf safetensors numpy
    python tests/references/make_references.py fixtures          # tests/fixtures/models/*, anew
    python tests/references/make_references.py references        # tests/references/{fixtures,base}.json
    python tests/references/make_references.py bundled           # tests/references/bundled.json, from models/*
    python tests/references/make_references.py real DIR          # tests/references/real.json; DIR holds all-minilm-l6-v2
                                                                 # and albert-base-v2-tokenizer

Every weight that is not a real checkpoint's comes from `formula`, which the tests compute in Rust as well: base-size
checkpoints need not be stored. Each reference file names the SHA-256 of this script; a test compares it.
"""

import hashlib
import io
import json
import math
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import sentencepiece
import tokenizers
import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification, AutoTokenizer

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FIXTURES = HERE.parent / "fixtures" / "models"

# Written for this file.
PROSE = """I kept the kitchen light on and read until the pages blurred. My sister says I would argue with a signpost if it \
pointed somewhere dull, and she is not wrong. On Mondays I make a list; by Wednesday the list has made a fool of me. When the \
train was cancelled I walked, eleven stops, with wet shoes and a good audiobook. I like people best in small doses: two friends, \
one pot of tea, no plan. At work they ask me to check the numbers because I cannot leave a column that does not add up. I once \
drove four hours to hear a choir in a barn. Loud rooms tire me, but I will talk all night about beetles. I cried at the vet's, \
quietly, then paid and thanked everyone. My father taught me to whistle and to return things in better shape than I found them. \
If a door is locked I try the window, if the window is locked I sit on the step and wait to see who turns up. I forget \
birthdays and remember songs. I have moved house nine times and each time I unpacked the books first. Somebody has to be the \
one who asks the awkward question, and it might as well be me. I do not mind losing; I mind being rushed. """

TEXTS = [
    "",
    "a",
    "I",
    "I never seem to run out of things to say.",
    "Art leaves me cold.",
    "kind, I hope",
    "I stayed by the door and counted the minutes (about 40), then left -- quietly.",
    "Café, naïve, Ångström, żółć, São Paulo; été 1999.",
    "I'm fine 🙂 really 🤷🏽‍♀️!!! \U0001f468‍\U0001f469‍\U0001f467 family",
    "``quoted'' and \u201ccurly\u201d and \u2018single\u2019 and ''double''",
    "5,000 in 2024, or 9, maybe 3.5% - £20 – €15.",
    "  leading spaces, a\ttab,\n\na blank line\r\nand trailing  ",
    "ALL CAPITALS, MiXeD cAsE and snake_case/with/slashes",
    "Ich bin gern allein, aber nicht einsam. Größe: ẞ, ß, İstanbul.",
    "日本語の文 and 中文 mixed, 한국어 too.",
    "Ελληνικά και кириллица и عربى",
    "ﬁne ﬂow ½ ™ ① ２０２４ Ｆｕｌｌ width",
    "zero\u200bwidth, soft\u00adhyphen, nbsp\u00a0here, \ufeffbom, ideographic\u3000space",
    "a" * 150 + " " + "antidisestablishmentarianism",
    "[MASK] and [SEP] and <unk> as plain words",
    "e\u0301 a\u0308 o\u0323\u0302 combining, \u1e9b\u0323",
    "tell me\u2026 what?! (nothing) \"really\" '90s rock'n'roll",
    "control\u0001char, \u007f delete, \ufffd replacement",
    "I am I am I am not sure. " * 12,
]

TYPES = "INTP ISTP ENTP ESTP INFP ISFP ENFP ESFP INTJ ISTJ ENTJ ESTJ INFJ ISFJ ENFJ ESFJ".split()
TRAITS = ["Extroversion", "Neuroticism", "Agreeableness", "Conscientiousness", "Openness"]

BERT_BASE = dict(
    model_type="bert", architectures=["BertForSequenceClassification"], vocab_size=30522, hidden_size=768,
    num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072, hidden_act="gelu", max_position_embeddings=512,
    type_vocab_size=2, layer_norm_eps=1e-12, pad_token_id=0, id2label={str(i): f"LABEL_{i}" for i in range(5)},
)
ALBERT_BASE = dict(
    model_type="albert", architectures=["AlbertForSequenceClassification"], vocab_size=30000, embedding_size=128,
    hidden_size=768, num_hidden_layers=12, num_hidden_groups=1, inner_group_num=1, num_attention_heads=12,
    intermediate_size=3072, hidden_act="gelu_new", max_position_embeddings=512, type_vocab_size=2, layer_norm_eps=1e-12,
    pad_token_id=0, id2label={str(i): t for i, t in enumerate(TYPES)},
)


def formula(name, shape):
    """Weights of a tensor from its name (with transformers' prefix) and each element's index: an FNV-1a hash of the name, the
    index times a constant, murmur3's finaliser, 24 bits of that as a number in [-1, 1)."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 & 0xFFFFFFFF
    with np.errstate(over="ignore"):
        h = np.arange(math.prod(shape), dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(seed)
        h ^= h >> np.uint32(16)
        h *= np.uint32(0x85EBCA6B)
        h ^= h >> np.uint32(13)
        h *= np.uint32(0xC2B2AE35)
        h ^= h >> np.uint32(16)
    unit = (h >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)
    if name.endswith(("LayerNorm.weight", "layer_norm.weight")):
        values = np.float32(1) + np.float32(0.1) * unit
    elif name.endswith(".bias"):
        values = np.float32(0.05) * unit
    else:
        values = np.float32(1.7 / math.sqrt(shape[-1])) * unit
    return torch.from_numpy(values.reshape(shape))


def build(config):
    """A classifier of these sizes with the formula's weights."""
    config = dict(config)
    model = AutoModelForSequenceClassification.from_config(AutoConfig.for_model(**config)).eval()
    state = {name: formula(name, tuple(t.shape)) for name, t in model.state_dict().items() if t.is_floating_point()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and all("position_ids" in m or "token_type_ids" in m for m in missing), (missing, unexpected)
    return model


def write_json(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def word_piece_vocabulary():
    """A small lower-case WordPiece vocabulary learnt from the texts of this file."""
    tokenizer = tokenizers.BertWordPieceTokenizer(lowercase=True)
    tokenizer.train_from_iterator([PROSE, *TEXTS], vocab_size=640, min_frequency=1, limit_alphabet=220, show_progress=False)
    vocabulary = tokenizer.get_vocab()
    return "".join(token + "\n" for token in sorted(vocabulary, key=vocabulary.get))


def sentence_piece_model():
    """A small SentencePiece model built as ALBERT's was: the same control and user-defined symbols, a Unigram model, and a
    short table of replacements in place of the 240 KB one."""
    rules = {"ﬁ": "fi", "ﬂ": "fl", "\u00a0": " ", "\u3000": " ", "\u200b": " ", "\ufeff": "", "\u00ad": "", "…": "...",
             "⁄": "/", "ẞ": "ß", "\u0001": "", "\t": " ", "\n": " ", "\r": " "}
    with tempfile.TemporaryDirectory() as work:
        table = Path(work) / "rules.tsv"
        codes = lambda s: " ".join(f"{ord(c):X}" for c in s)
        table.write_text("".join(f"{codes(a)}\t{codes(b)}\n" for a, b in rules.items()))
        out = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter([line.lower() for line in PROSE.split(". ") + TEXTS if line.strip()]), model_writer=out,
            model_type="unigram", vocab_size=560, hard_vocab_limit=False, character_coverage=0.98, pad_id=0, unk_id=1,
            bos_id=-1, eos_id=-1, pad_piece="<pad>", unk_piece="<unk>", control_symbols=["[CLS]", "[SEP]", "[MASK]"],
            user_defined_symbols=["(", ")", '"', "-", ".", "–", "£", "€"], normalization_rule_tsv=str(table),
            minloglevel=2,
        )
    return out.getvalue()


def make_fixtures():
    shutil.rmtree(FIXTURES, ignore_errors=True)
    words, pieces = word_piece_vocabulary(), sentence_piece_model()
    word_count = words.count("\n")
    piece_count = sentencepiece.SentencePieceProcessor(model_proto=pieces).vocab_size()
    bert = dict(BERT_BASE, vocab_size=word_count, hidden_size=24, num_hidden_layers=2, num_attention_heads=4,
                intermediate_size=40)
    albert = dict(ALBERT_BASE, vocab_size=piece_count, embedding_size=12, hidden_size=24, num_hidden_layers=3,
                  num_attention_heads=3, intermediate_size=40)
    named = {str(i): t for i, t in enumerate(TRAITS)}

    def folder(name, config, tokenizer, weights):
        at = FIXTURES / name
        at.mkdir(parents=True)
        write_json(at / "config.json", config)
        for file, content in tokenizer.items():
            (at / file).write_bytes(content if isinstance(content, bytes) else content.encode())
        model = build(dict(config, architectures=None))
        state = {name: t.clone() for name, t in model.state_dict().items()}
        if weights == "pickle":
            # The extra integer tensor that older checkpoints carry.
            state["bert.embeddings.position_ids"] = torch.arange(config["max_position_embeddings"]).unsqueeze(0)
            torch.save(state, at / "pytorch_model.bin")
        else:
            if weights == "f16":
                state = {name: t.half() for name, t in state.items()}
            state["embeddings.position_ids"] = torch.arange(config["max_position_embeddings"]).unsqueeze(0)
            save_file(state, at / "model.safetensors")

    # As Minej/bert-base-personality comes: vocab.txt, safetensors, labels without names.
    folder("bert-vocab-txt", bert, {"vocab.txt": words}, "f32")
    # As JanSt/albert-base-v2_mbti-classification comes: spiece.model, pytorch_model.bin.
    folder("albert-spiece", albert, {"spiece.model": pieces}, "pickle")
    # Two groups of two layers each, eps and type_vocab_size of their own, exact gelu, f16, no `architectures`.
    groups = dict(albert, num_hidden_layers=4, num_hidden_groups=2, inner_group_num=2, hidden_act="gelu", type_vocab_size=1,
                  layer_norm_eps=1e-5, max_position_embeddings=64, problem_type="single_label_classification")
    del groups["architectures"]
    folder("albert-groups-f16", groups, {"spiece.model": pieces}, "f16")
    # A tokenizer.json with truncation and padding baked in, no `architectures`, named labels, gelu_new.
    json_config = dict(bert, hidden_act="gelu_new", id2label=named, problem_type="multi_label_classification",
                       max_position_embeddings=512, hidden_size=16)
    del json_config["architectures"]
    with tempfile.TemporaryDirectory() as work:
        (Path(work) / "vocab.txt").write_text(words)
        write_json(Path(work) / "config.json", json_config)
        pipeline = AutoTokenizer.from_pretrained(work).backend_tokenizer
        pipeline.enable_truncation(20)
        pipeline.enable_padding(length=20)
        baked = pipeline.to_str()
    folder("bert-json", json_config, {"tokenizer.json": baked}, "f32")
    # Cased, accents kept.
    folder("bert-cased", dict(bert, max_position_embeddings=64, hidden_size=8, num_hidden_layers=1),
           {"vocab.txt": words, "tokenizer_config.json": json.dumps({"do_lower_case": False, "strip_accents": False,
                                                                      "model_max_length": 48})}, "f32")


def texts_for(tokenizer, longest):
    """The common texts, and three that make exactly 511, 512 and 513 tokens with the special ones (where the model takes so
    many)."""
    texts = list(TEXTS)
    if longest >= 512:
        prose = PROSE * 6
        ends = tokenizer(prose, add_special_tokens=False, truncation=False, padding=False, return_offsets_mapping=True)
        for length in (511, 512, 513):
            text = prose[: ends["offset_mapping"][length - 3][1]]
            assert len(tokenizer(text, truncation=False, padding=False)["input_ids"]) == length
            texts.append(text)
    return texts


def reference(model, tokenizer, longest):
    """For each text the ids of all of it without special tokens, and the logits of its first `longest` tokens."""
    cases = []
    for text in texts_for(tokenizer, longest):
        ids = tokenizer(text, add_special_tokens=False, truncation=False, padding=False)["input_ids"]
        case = {"text": text, "ids": " ".join(map(str, ids))}
        if model is not None:
            window = tokenizer(text, truncation=True, max_length=longest, padding=False, return_tensors="pt")
            with torch.no_grad():
                case["logits"] = " ".join(f"{x:.7f}" for x in model(**window).logits[0].tolist())
        cases.append(case)
    return cases


def header():
    return {
        "script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        "transformers": transformers.__version__, "tokenizers": tokenizers.__version__, "torch": torch.__version__,
    }


def of_folder(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    weights = next(p for p in (folder / "model.safetensors", folder / "pytorch_model.bin") if p.exists())
    longest = min(model.config.max_position_embeddings, tokenizer.model_max_length)
    return {"weights": hashlib.sha256(weights.read_bytes()).hexdigest(), "longest": longest,
            "cases": reference(model, tokenizer, longest)}


def make_references():
    folders = sorted(path for path in FIXTURES.iterdir() if path.is_dir())
    write_json(HERE / "fixtures.json", {**header(), "models": {path.name: of_folder(path) for path in folders}})
    base = {}
    for name, config, tokenizer in [("bert", BERT_BASE, "bert-vocab-txt"), ("albert", ALBERT_BASE, "albert-spiece")]:
        model = build(config)
        base[name] = {"tokenizer": tokenizer, "config": config,
                      "cases": reference(model, AutoTokenizer.from_pretrained(FIXTURES / tokenizer), 512)}
    write_json(HERE / "base.json", {**header(), "models": base})


def make_bundled():
    folders = [ROOT / "models" / name for name in ("mbti", "big-five")]
    write_json(HERE / "bundled.json", {**header(), "models": {path.name: of_folder(path) for path in folders}})


def make_real(directory):
    """MiniLM with a head of five from the formula, and the ids of ALBERT's own vocabulary."""
    folder = Path(directory) / "all-minilm-l6-v2"
    config = AutoConfig.from_pretrained(folder, num_labels=5)
    model = AutoModelForSequenceClassification.from_config(config).eval()
    model.bert = AutoModel.from_pretrained(folder, add_pooling_layer=True).eval()
    for name, tensor in model.classifier.named_parameters():
        tensor.data = formula(f"classifier.{name}", tuple(tensor.shape))
    minilm = {"cases": reference(model, AutoTokenizer.from_pretrained(folder), 512)}
    with tempfile.TemporaryDirectory() as work:
        shutil.copy(Path(directory) / "albert-base-v2-tokenizer" / "spiece.model", work)
        write_json(Path(work) / "config.json", ALBERT_BASE)
        albert = {"cases": reference(None, AutoTokenizer.from_pretrained(work), 512)}
    write_json(HERE / "real.json", {**header(), "models": {"all-minilm-l6-v2": minilm, "albert-base-v2-tokenizer": albert}})


if __name__ == "__main__":
    torch.set_num_threads(2)
    {"fixtures": make_fixtures, "references": make_references, "bundled": make_bundled,
     "real": lambda: make_real(sys.argv[2])}[sys.argv[1]]()
