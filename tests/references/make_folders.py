"""Makes small model folders as people have them (folder_kinds.py), and records what transformers makes of each.

    pip install "transformers==5.23.0" "tokenizers==0.23.3" "torch==2.15.0" sentencepiece protobuf safetensors numpy
    python tests/references/make_folders.py            # tests/references/folders.json and folders.bin.gz
    python tests/references/make_folders.py DIR        # the same, and the folders themselves under DIR, to look at

folders.json holds every folder: what it is, its files, what transformers says of it, and what Calling has to do.
- `files`: short texts as they are; others as a list of [from, length] in the unpacked folders.bin.gz, to be joined.
- `outcome`: a place in `outcomes`, since many folders say the same. An outcome is the error with which transformers refuses the
  folder, or what it reads: the most tokens of a window, for folders with a problem_type the scores of its pipeline for the
  second text, and for each of `texts` a place in `cases`. A case holds the token ids of the text's first window, special tokens
  included, and the logits; or why transformers fails on this text.
- `calling`: "reads", or words that Calling's refusal holds. `like` names the folder whose numbers count if transformers refuses
  one that Calling may read.
"""

import gzip
import hashlib
import json
import logging
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import tokenizers
import torch
import transformers
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

import folder_kinds  # noqa: F401  (fills FOLDERS)
from folder_parts import FOLDERS, PROSE

HERE = Path(__file__).resolve().parent
SHORT = 1500

TEXTS = [
    "",
    "I like people best in small doses",
    "Loud ROOMS tire me; café, Ångström, naïve!",
    "日本語 and 中文, кот 🙂 <unk> [UNK]",
    "[CLS] a [MASK] b [SEP] [PAD] <pad> <s> </s> <mask>",
    "call <person> or <Person>, newword Newword, newwordy and a  newword ;",
    "\ttabs,\n\nlines\r\n and  spaces ``quoted'' 5,000",
    "a" * 120 + " antidisestablishment",
    (PROSE * 2)[:700],
]


def first_line(error):
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"[:160]


def numbers(values):
    return " ".join(f"{x:.6f}" for x in values)


def case(model, tokenizer, longest, text):
    """The ids of the first window and its logits. The window is cut before its special tokens, from its end."""
    bare = tokenizer(text, add_special_tokens=False)["input_ids"]
    special = tokenizer.num_special_tokens_to_add()
    whole = tokenizer(text)
    if len(whole["input_ids"]) > longest:
        probe = tokenizer("a")["input_ids"]
        inside = tokenizer("a", add_special_tokens=False)["input_ids"]
        before = next(i for i in range(len(probe)) if probe[i : i + len(inside)] == inside)
        after = len(probe) - before - len(inside)
        ids = probe[:before] + bare[: longest - special] + probe[len(probe) - after :]
        whole = {"input_ids": ids}
    inputs = {name: torch.tensor([list(values)]) for name, values in whole.items()}
    with torch.no_grad():
        logits = model(**inputs).logits[0]
    return {"window": " ".join(map(str, whole["input_ids"])), "logits": numbers(logits.tolist())}


def outcome(folder):
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model, loading = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
        if loading["missing_keys"] or loading["mismatched_keys"]:
            return {"refused": f"random weights for {', '.join(sorted(loading['missing_keys'])[:3])}"}
        longest = int(min(model.config.max_position_embeddings, tokenizer.model_max_length))
    except Exception as error:
        return {"refused": first_line(error)}
    cases = []
    for text in TEXTS:
        try:
            cases.append(case(model.eval(), tokenizer, longest, text))
        except Exception as error:
            cases.append({"fails": first_line(error)})
    if all("fails" in c for c in cases):
        return {"refused": f"on every text: {cases[1]['fails']}"}
    out = {"longest": longest, "cases": cases}
    if model.config.problem_type:
        (scores,) = pipeline("text-classification", model=model, tokenizer=tokenizer, top_k=None)([TEXTS[1]])
        by_label = {score["label"]: score["score"] for score in scores}
        out["scores"] = numbers(by_label[label] for _, label in sorted(model.config.id2label.items()))
    return out


class Pool:
    """Bytes that files are joined from: what an earlier file holds is not held again."""

    BLOCK = 128

    def __init__(self):
        self.bytes, self.blocks = bytearray(), {}

    def add(self, raw):
        """[from, length] of the pieces of `raw`."""
        pieces, at, literal = [], 0, 0
        while at + self.BLOCK <= len(raw):
            found = self.blocks.get(raw[at : at + self.BLOCK])
            if found is None:
                at += 1
                continue
            length = self.BLOCK
            while at + length < len(raw) and found + length < len(self.bytes) and raw[at + length] == self.bytes[found + length]:
                length += 1
            self._literal(raw[literal:at], pieces)
            pieces.append([found, length])
            at = literal = at + length
        self._literal(raw[literal:], pieces)
        return pieces

    def _literal(self, raw, pieces):
        if raw:
            start = len(self.bytes)
            self.bytes += raw
            pieces.append([start, len(raw)])
            for at in range(start, start + len(raw) - self.BLOCK + 1, 32):
                self.blocks.setdefault(bytes(self.bytes[at : at + self.BLOCK]), at)


class Table(list):
    """Values that are referred to by their place."""

    def place(self, value):
        if value not in self:
            self.append(value)
        return self.index(value)


def record(name, made, pool, cases, outcomes, keep):
    with tempfile.TemporaryDirectory() as work:
        files = {}
        for file, content in made["files"].items():
            raw = content if isinstance(content, bytes) else content.encode()
            Path(work, file).write_bytes(raw)
            files[file] = content if isinstance(content, str) and len(content) < SHORT else pool.add(raw)
        if keep:
            shutil.copytree(work, keep / name, dirs_exist_ok=True)
        said = json.loads(json.dumps(outcome(work)).replace(work, "DIR"))
    if "cases" in said:
        said["cases"] = [cases.place(case) for case in said["cases"]]
    return {"name": name, **made, "files": files, "outcome": outcomes.place(said)}


def main():
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    logging.disable(logging.CRITICAL)
    keep = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    pool, cases, outcomes = Pool(), Table(), Table()
    listed = [record(name, made, pool, cases, outcomes, keep) for name, made in FOLDERS.items()]
    scripts = b"".join(Path(HERE, script).read_bytes() for script in ("make_folders.py", "folder_kinds.py", "folder_parts.py"))
    head = {"scripts": hashlib.sha256(scripts).hexdigest(), "transformers": transformers.__version__,
            "tokenizers": tokenizers.__version__, "torch": torch.__version__, "texts": TEXTS}
    with open(HERE / "folders.json", "w", encoding="utf-8") as out:
        out.write(json.dumps(head, ensure_ascii=False)[:-1])
        for key, items in (("cases", cases), ("outcomes", outcomes), ("folders", listed)):
            lines = ",\n".join("  " + json.dumps(item, ensure_ascii=False) for item in items)
            out.write(f',\n "{key}": [\n{lines}\n ]')
        out.write("\n}\n")
    (HERE / "folders.bin.gz").write_bytes(gzip.compress(bytes(pool.bytes), 9, mtime=0))
    print(len(listed), "folders,", len(outcomes), "outcomes,", len(cases), "cases")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
