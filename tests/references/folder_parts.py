"""What the folders of folder_kinds.py are made of: vocabularies, weights, tokenizers, and the list that they enter."""

import io
import json
import os
import struct
import tempfile
from collections import OrderedDict
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import sentencepiece  # noqa: E402
import torch  # noqa: E402
from safetensors.torch import save as to_safetensors  # noqa: E402
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer  # noqa: E402

from make_references import PROSE, TYPES, formula  # noqa: E402

TRAITS = ["Extraversion", "Neuroticism", "Agreeableness", "Conscientiousness", "Openness"]
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "4d7a" * 16 + "\nsize 437955512\n"


def words():
    """A small lower-case and mixed-case WordPiece vocabulary."""
    plain = sorted({w.strip(".,;:'").lower() for w in PROSE.split()[:120]} - {""})
    letters = "abcdefghijklmnopqrstuvwxyz"
    singles = list(letters + letters.upper() + "0123456789.,;:!?'\"`()[]<>/-é日中к")
    out = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<s>", "</s>", "<oov>", *singles, *("##" + c for c in letters),
           "##ing", "##é", "café", "Loud", "ROOMS", "##OOMS", "newword", "person", "语"]
    return list(OrderedDict.fromkeys(out + plain))


def spiece(**changes):
    """A SentencePiece model built as ALBERT's was."""
    out = io.BytesIO()
    settings = dict(
        sentence_iterator=iter([line.lower() for line in PROSE.split(". ") if line.strip()]), model_writer=out,
        model_type="unigram", vocab_size=150, hard_vocab_limit=False, character_coverage=0.98, pad_id=0, unk_id=1, bos_id=-1,
        eos_id=-1, pad_piece="<pad>", unk_piece="<unk>", control_symbols=["[CLS]", "[SEP]", "[MASK]"],
        user_defined_symbols=["(", ")", '"', "-", "."], normalization_rule_name="nmt_nfkc_cf", minloglevel=2, num_threads=1,
    )
    if changes.pop("plain", False):
        settings["normalization_rule_name"] = "identity"
    settings.update(changes)
    sentencepiece.SentencePieceTrainer.train(**settings)
    return out.getvalue()


WORDS = words()
SPIECE = spiece()
PIECES = sentencepiece.SentencePieceProcessor(model_proto=SPIECE).vocab_size()
ROOM = len(WORDS) + 12  # rows for tokens that are added

BERT = dict(
    model_type="bert", architectures=["BertForSequenceClassification"], vocab_size=len(WORDS), hidden_size=32,
    num_hidden_layers=2, num_attention_heads=4, intermediate_size=40, hidden_act="gelu", max_position_embeddings=64,
    type_vocab_size=2, layer_norm_eps=1e-12, pad_token_id=0, id2label={str(i): f"LABEL_{i}" for i in range(5)},
)
ALBERT = dict(
    model_type="albert", architectures=["AlbertForSequenceClassification"], vocab_size=PIECES, embedding_size=16,
    hidden_size=32, num_hidden_layers=2, num_hidden_groups=1, inner_group_num=1, num_attention_heads=4, intermediate_size=40,
    hidden_act="gelu_new", max_position_embeddings=64, type_vocab_size=2, layer_norm_eps=1e-12, pad_token_id=0,
    id2label={str(i): t for i, t in enumerate(TYPES)},
)


def state(config):
    """Weights of a classifier with these sizes: the formula's, rounded to 1/16 so that every number format holds them and they
    compress well."""
    config = {k: v for k, v in config.items() if v is not None and k not in ("architectures", "dtype")}
    model = AutoModelForSequenceClassification.from_config(AutoConfig.for_model(**config))
    return {name: torch.round(formula(name, tuple(t.shape)) * 16) / 16
            for name, t in model.state_dict().items() if t.is_floating_point()}


def safetensors(tensors, metadata={"format": "pt"}):
    return to_safetensors({k: v.contiguous() for k, v in tensors.items()}, metadata=metadata)


def pickled(tensors, **options):
    out = io.BytesIO()
    torch.save(tensors, out, **options)
    return out.getvalue()


def text(value):
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def word_piece_json(cased=False, **changes):
    """A tokenizer.json as BertTokenizer writes it."""
    with tempfile.TemporaryDirectory() as work:
        Path(work, "vocab.txt").write_text("".join(w + "\n" for w in WORDS))
        Path(work, "config.json").write_text(text(BERT))
        Path(work, "tokenizer_config.json").write_text(text({"do_lower_case": not cased}))
        made = json.loads(AutoTokenizer.from_pretrained(work).backend_tokenizer.to_str())
    made.update(changes)
    return made


def albert_json():
    with tempfile.TemporaryDirectory() as work:
        Path(work, "spiece.model").write_bytes(SPIECE)
        Path(work, "config.json").write_text(text(ALBERT))
        return json.loads(AutoTokenizer.from_pretrained(work).backend_tokenizer.to_str())


def with_model(made, **changes):
    made["model"].update(changes)
    return made


def other_model(model, **changes):
    """A tokenizer.json of another kind than WordPiece over the same special tokens."""
    return {**word_piece_json(), "normalizer": None, "pre_tokenizer": {"type": "Whitespace"}, "decoder": None, "model": model,
            **changes}


def byte_level():
    """A byte-level BPE with one merge, as RoBERTa's, and BERT's special tokens."""
    from tokenizers import pre_tokenizers
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {t: i for i, t in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *alphabet[:len(WORDS) - 5]])}
    return other_model({"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                        "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                        "vocab": vocab, "merges": []},
                       pre_tokenizer={"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
                                      "use_regex": True})


# ---- the folders -------------------------------------------------------------------------------------------------------

FOLDERS = OrderedDict()
_states = {}


def folder(name, what, calling="reads", *, base="bert", config=None, drop=(), files=None, weights=None, edit=None, without=(),
           like=None):
    """One folder. `config` is laid over the base's, whose `drop` keys are removed; `files` over its files, whose `without` are
    removed; `edit` changes the tensors by name, `weights` writes them (a dict of files, from the tensors)."""
    assert name not in FOLDERS, name
    full = dict(BERT if base == "bert" else ALBERT)
    full.update(config or {})
    written = {k: v for k, v in full.items() if k not in drop}
    sized = {**(BERT if base == "bert" else ALBERT),
             **{k: v for k, v in (config or {}).items() if k in SIZES and isinstance(v, int) and v > 0}}
    if (labels := full.get("id2label")) is not None and isinstance(labels, dict):
        sized["id2label"] = {str(i): str(i) for i in range(len(labels))}
    key = json.dumps([sized.get(k) for k in (*SIZES, "model_type")] + [len(sized["id2label"])])
    tensors = OrderedDict(_states.setdefault(key, state(sized)))
    if edit:
        tensors = edit(tensors) or tensors
    made = {"config.json": text(written)}
    made.update({"vocab.txt": "".join(w + "\n" for w in WORDS)} if base == "bert" else {"spiece.model": SPIECE})
    made.update(weights(tensors) if weights else {"model.safetensors": safetensors(tensors)})
    made.update({k: v if isinstance(v, bytes) else text(v) for k, v in (files or {}).items()})
    for file in without:
        del made[file]
    FOLDERS[name] = {"what": what, "calling": calling, "files": made, **({"like": like} if like else {})}


SIZES = ("vocab_size", "hidden_size", "embedding_size", "num_hidden_layers", "num_hidden_groups", "inner_group_num",
         "intermediate_size", "max_position_embeddings", "type_vocab_size")


def tokens(**options):
    return {"tokenizer_config.json": options}


def added(content, special=False, **changes):
    return {"content": content, "lstrip": False, "normalized": not special, "rstrip": False, "single_word": False,
            "special": special, **changes}


def vocab(lines, end="\n"):
    return {"vocab.txt": end.join(lines) + end}


room = dict(config={"vocab_size": ROOM})
N = len(WORDS)
fast = tokens(tokenizer_class="PreTrainedTokenizerFast")


def shards(tensors, **changes):
    names = list(tensors)
    halves = [dict.fromkeys(names[: len(names) // 2]), dict.fromkeys(names[len(names) // 2 :])]
    files = {f"model-0000{i + 1}-of-00002.safetensors": safetensors({n: tensors[n] for n in half}) for i, half in enumerate(halves)}
    index = {"metadata": {"total_size": sum(4 * t.numel() for t in tensors.values())},
             "weight_map": {n: file for file, half in zip(files, halves) for n in half}}
    index["weight_map"].update(changes)
    return {**files, "model.safetensors.index.json": index}


def written(files):
    return {k: v if isinstance(v, bytes) else text(v) for k, v in files.items()}


def change(name, at, value):
    """One element of one tensor replaced."""
    def edit(tensors):
        tensors[name] = tensors[name].clone()
        tensors[name].view(-1)[at] = value
    return edit


def cast(dtype):
    return lambda t: {"model.safetensors": safetensors({k: v.to(dtype) for k, v in t.items()})}


def renamed(rule):
    return lambda t: OrderedDict((rule(k), v) for k, v in t.items())


def overlapping(tensors):
    data = safetensors(tensors)
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    header["bert.encoder.layer.0.attention.self.query.weight"]["data_offsets"] = header["bert.encoder.layer.0.attention.self.key.weight"]["data_offsets"]
    new = json.dumps(header).encode()
    return struct.pack("<Q", len(new)) + new + data[8 + length :]


def with_metadata(tensors):
    out = OrderedDict(tensors)
    out._metadata = OrderedDict({"": {"version": 1}, "bert": {"version": 1}})
    return out


def sliced(tensors):
    whole = torch.cat([t.reshape(-1) for t in tensors.values()])
    out, at = {}, 0
    for name, tensor in tensors.items():
        out[name] = whole[at : at + tensor.numel()].view(tensor.shape)
        at += tensor.numel()
    return out


def strided(tensors):
    name = "bert.pooler.dense.weight"
    wide = torch.zeros(32, 64)
    wide[:, ::2] = tensors[name]
    return {**tensors, name: wide[:, ::2]}


def bin_shards(tensors):
    names = list(tensors)
    files = {"pytorch_model-00001-of-00002.bin": names[:20], "pytorch_model-00002-of-00002.bin": names[20:]}
    index = {"metadata": {"total_size": 1}, "weight_map": {n: file for file, half in files.items() for n in half}}
    return {**{file: pickled({n: tensors[n] for n in half}) for file, half in files.items()}, "pytorch_model.bin.index.json": text(index).encode()}
