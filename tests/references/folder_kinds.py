"""The folders: one line for each kind, with what Calling has to do with it."""

import json
import pickle

import torch

from folder_parts import (
    BERT, LFS, N, PIECES, ROOM, SPIECE, TRAITS, WORDS, added, albert_json, bin_shards, byte_level, cast, change, fast, folder, other_model,
    overlapping, pickled, renamed, room, safetensors, shards, sliced, spiece, strided, text, tokens, vocab, with_metadata, with_model,
    word_piece_json, written,
)


def no(*words):
    """Calling refuses, and its sentence holds these words."""
    return list(words)


# ---- vocab.txt ---------------------------------------------------------------------------------------------------------

folder("bert", "vocab.txt alone")
folder("vocab-crlf", "vocab.txt with CRLF line ends", files=vocab(WORDS, "\r\n"))
folder("vocab-no-last-newline", "vocab.txt without a line end at its end", files={"vocab.txt": "\n".join(WORDS)})
folder("vocab-blank-end", "two blank lines at the end of vocab.txt", files=vocab([*WORDS, "", ""]), **room)
folder("vocab-bom", "vocab.txt with a byte-order mark", files={"vocab.txt": "\ufeff" + "\n".join(WORDS)}, **room)
folder("vocab-spaces", "vocab.txt with spaces after each piece", files=vocab([w + "  " for w in WORDS]))
folder("vocab-twice", "a piece twice in vocab.txt", files=vocab([*WORDS, "people"]), **room)
folder("vocab-without-unk", "vocab.txt lacks [UNK]", no("vocab.txt", "[UNK]"), files=vocab([w for w in WORDS if w != "[UNK]"]))
folder("vocab-without-unk-room", "vocab.txt lacks [UNK], and the embedding has rows to spare", no("vocab.txt", "[UNK]"),
       files=vocab([w for w in WORDS if w != "[UNK]"]), **room)
folder("vocab-without-mask", "vocab.txt lacks [MASK], and the embedding has no row for it", files=vocab(
    [w if w != "[MASK]" else "mask" for w in WORDS]))
folder("vocab-without-mask-room", "vocab.txt lacks [MASK], and the embedding has rows to spare",
       files=vocab([w if w != "[MASK]" else "mask" for w in WORDS]), **room)
folder("vocab-without-pad", "vocab.txt lacks [PAD]", files=vocab([w if w != "[PAD]" else "pad" for w in WORDS]))
folder("vocab-without-cls", "vocab.txt lacks [CLS]", no("[CLS]"), files=vocab([w if w != "[CLS]" else "cls" for w in WORDS]))
folder("vocab-without-cls-room", "vocab.txt lacks [CLS], and the embedding has rows to spare",
       files=vocab([w if w != "[CLS]" else "cls" for w in WORDS]), **room)
folder("vocab-without-sep", "vocab.txt lacks [SEP]", no("[SEP]"), files=vocab([w if w != "[SEP]" else "sep" for w in WORDS]))
folder("vocab-shorter", "fewer pieces than the embedding has rows", **room)
folder("vocab-longer", "more pieces than the embedding has rows", no("vocab.txt", "surplus", "vocab_size"),
       files=vocab([*WORDS, "surplus"]))
folder("vocab-empty", "vocab.txt is empty", no("vocab.txt"), files={"vocab.txt": ""})
folder("vocab-latin-1", "vocab.txt is not UTF-8", no("vocab.txt", "UTF-8"),
       files={"vocab.txt": "\n".join(WORDS).encode("latin-1", "replace")})
folder("vocab-lfs", "vocab.txt is a Git LFS pointer", no("vocab.txt", "Git LFS"), files={"vocab.txt": LFS})
folder("vocab-json", "vocab.json in place of vocab.txt", no("vocab.txt"), without=["vocab.txt"],
       files={"vocab.json": {w: i for i, w in enumerate(WORDS)}})

# ---- tokenizer_config.json over vocab.txt -----------------------------------------------------------------------------

folder("usual-v4", "tokenizer_config.json as transformers 4 writes it", files=tokens(
    added_tokens_decoder={str(i): added(t, True) for i, t in enumerate(WORDS[:5])}, clean_up_tokenization_spaces=True,
    cls_token="[CLS]", do_basic_tokenize=True, do_lower_case=True, mask_token="[MASK]", model_max_length=512, never_split=None,
    pad_token="[PAD]", sep_token="[SEP]", strip_accents=None, tokenize_chinese_chars=True, tokenizer_class="BertTokenizer",
    unk_token="[UNK]"))
folder("cased", "do_lower_case false", files=tokens(do_lower_case=False))
folder("cased-strip", "do_lower_case false, strip_accents true", files=tokens(do_lower_case=False, strip_accents=True))
folder("keep-accents", "strip_accents false", files=tokens(strip_accents=False))
folder("chinese-false", "tokenize_chinese_chars false", files=tokens(tokenize_chinese_chars=False))
folder("lower-text", "do_lower_case as text", no("tokenizer_config.json", "do_lower_case"), files=tokens(do_lower_case="false"))
folder("lower-null", "do_lower_case null", no("tokenizer_config.json", "do_lower_case"), files=tokens(do_lower_case=None))
folder("chinese-number", "tokenize_chinese_chars 1", no("tokenizer_config.json", "tokenize_chinese_chars"),
       files=tokens(tokenize_chinese_chars=1))
folder("unk-renamed", "unk_token <oov>", files=tokens(unk_token="<oov>"))
folder("unk-absent", "unk_token not in the vocabulary", no("[unknown]"), files=tokens(unk_token="[unknown]"), **room)
folder("unk-null", "unk_token null", no("unk_token"), files=tokens(unk_token=None))
folder("ends-renamed", "cls_token and sep_token <s> and </s>", files=tokens(cls_token="<s>", sep_token="</s>"))
folder("cls-null", "cls_token null", no("cls_token"), files=tokens(cls_token=None))
folder("mask-null", "mask_token null", files=tokens(mask_token=None))
folder("cls-number", "cls_token is a number", no("tokenizer_config.json", "cls_token"), files=tokens(cls_token=2))
folder("specials-objects", "special tokens as transformers 4's objects", files=tokens(
    cls_token={"__type": "AddedToken", **added("<s>")}, mask_token={"__type": "AddedToken", **added("[MASK]", lstrip=True)}))
folder("specials-bare-objects", "special tokens as objects without a type", no("tokenizer_config.json", "mask_token"),
       files=tokens(mask_token=added("[MASK]", lstrip=True)))
folder("bos-eos", "bos_token and eos_token in the vocabulary", files=tokens(bos_token="<s>", eos_token="</s>"))
folder("bos-eos-new", "bos_token and eos_token not in the vocabulary", files=tokens(bos_token="<bos>", eos_token="<person>"), **room)
folder("bos-eos-beyond", "bos_token and eos_token beyond the embedding", no("<person>", "vocab_size"),
       files=tokens(bos_token="<person>", eos_token="<eos>"))
folder("additional", "additional_special_tokens", files=tokens(additional_special_tokens=["<person>", "newword"]), **room)
folder("extra-list", "extra_special_tokens as a list", files=tokens(extra_special_tokens=["<person>", "newword"]), **room)
folder("extra-dict", "extra_special_tokens by name", files=tokens(extra_special_tokens={"person_token": "<person>"}), **room)
folder("extra-objects", "extra_special_tokens as objects", files=tokens(
    extra_special_tokens=[{"__type": "AddedToken", **added("<person>", rstrip=True)}]), **room)
folder("extra-both", "additional_special_tokens beside extra_special_tokens", files=tokens(
    extra_special_tokens=["<person>"], additional_special_tokens=["newword"]), **room)
folder("own-token", "a special token of a name of its own", files=tokens(person_token="<person>"), **room)
folder("split-special", "split_special_tokens", files=tokens(split_special_tokens=True))
folder("ignored-options", "options that transformers 5 ignores", files=tokens(
    do_basic_tokenize=False, never_split=["newword"], wordpieces_prefix="@@", clean_text=False, lowercase=False,
    clean_up_tokenization_spaces=True, padding_side="left", truncation_side="left", model_input_names=["input_ids"]))
folder("side-middle", "truncation_side middle", files=tokens(truncation_side="middle"), like="bert")
folder("side-padding", "padding_side none", files=tokens(padding_side="none"), like="bert")
for name, value, calling in [
    ("512", 512, "reads"), ("48", 48, "reads"), ("1e30", 1e30, "reads"), ("big", int(1e30), "reads"), ("null", None, "reads"),
    ("text", "48", no("tokenizer_config.json", "model_max_length", '"48"')), ("minus-1", -1, no("model_max_length", "-1")),
    ("0", 0, no("tokenizer_config.json", "model_max_length")), ("2", 2, no("tokenizer_config.json", "model_max_length")),
    ("half", 48.5, no("model_max_length", "48.5")), ("list", [48], no("model_max_length")),
]:
    folder(f"max-length-{name}", f"model_max_length {value!r}", calling, files=tokens(model_max_length=value))
folder("max-length-old", "max_len, the old name", files=tokens(max_len=48))
folder("max-length-both", "max_len beside model_max_length", files=tokens(max_len=24, model_max_length=48))
folder("options-empty", "tokenizer_config.json is empty", no("tokenizer_config.json"), files={"tokenizer_config.json": ""})
folder("options-bom", "tokenizer_config.json with a byte-order mark", no("tokenizer_config.json", "byte-order mark"),
       files={"tokenizer_config.json": "\ufeff{}"})
folder("options-list", "tokenizer_config.json is a list", no("tokenizer_config.json"), files={"tokenizer_config.json": "[]"})
folder("options-lfs", "tokenizer_config.json is a Git LFS pointer", no("tokenizer_config.json", "Git LFS"),
       files={"tokenizer_config.json": LFS})

# ---- added tokens -------------------------------------------------------------------------------------------------------

folder("added-file", "added_tokens.json", files={"added_tokens.json": {"<person>": N, "newwordy": N + 1}}, **room)
folder("added-file-beyond", "added_tokens.json beyond the embedding", no("<person>", "vocab_size"),
       files={"added_tokens.json": {"<person>": N}})
folder("added-file-gap", "added_tokens.json with ids that leave a gap", files={"added_tokens.json": {"newwordy": N + 9, "<person>": N + 4}},
       **room)
folder("added-file-known", "added_tokens.json names a piece of the vocabulary", files={"added_tokens.json": {"newword": WORDS.index("newword")}})
folder("added-file-special", "added_tokens.json and special_tokens_map.json", files={
    "added_tokens.json": {"<person>": N, "newwordy": N + 1},
    "special_tokens_map.json": {"additional_special_tokens": ["<person>"], "cls_token": "[CLS]"}}, **room)
folder("added-file-list", "added_tokens.json is a list", no("added_tokens.json"), files={"added_tokens.json": ["<person>"]})
folder("added-file-text", "added_tokens.json with ids as text", no("added_tokens.json"), files={"added_tokens.json": {"<person>": str(N)}}, **room)
folder("added-decoder", "added_tokens_decoder", files=tokens(added_tokens_decoder={
    str(N): added("<person>", True), str(N + 1): added("newwordy")}), **room)
folder("added-decoder-exact", "an added token that is not normalized", files=tokens(added_tokens_decoder={
    str(N): added("Newword", normalized=False)}), **room)
folder("added-decoder-normalized", "an added token with capitals that is normalized", files=tokens(added_tokens_decoder={
    str(N): added("<Person>")}), **room)
folder("added-decoder-strip", "added tokens with lstrip, rstrip and single_word", files=tokens(added_tokens_decoder={
    str(N): added("<person>", True, lstrip=True), str(N + 1): added("newwo", single_word=True), str(N + 2): added(";", rstrip=True)}), **room)
folder("added-decoder-gap", "added_tokens_decoder with a gap and out of order", files=tokens(added_tokens_decoder={
    str(N + 7): added("newwordy"), str(N + 2): added("<person>", True)}), **room)
folder("added-decoder-10", "added_tokens_decoder in the order of numbers, not of text", files=tokens(added_tokens_decoder={
    "100": added("newwordy"), "99": added("<person>", True)}), **room)
folder("added-decoder-beyond", "added_tokens_decoder beyond the embedding", no("<person>", "vocab_size"),
       files=tokens(added_tokens_decoder={str(N): added("<person>", True)}))
folder("added-decoder-text", "added_tokens_decoder with text in place of objects", no("tokenizer_config.json", "added_tokens_decoder"),
       files=tokens(added_tokens_decoder={str(N): "<person>"}), **room)
folder("added-decoder-field", "added_tokens_decoder with a field nobody knows", files=tokens(added_tokens_decoder={str(N): added("<person>", weight=3)}), **room)
folder("added-decoder-short", "added_tokens_decoder with content alone", files=tokens(added_tokens_decoder={str(N): {"content": "Newword"}}), **room)
folder("added-decoder-key", "added_tokens_decoder with a key that is no number", no("tokenizer_config.json", "added_tokens_decoder"),
       files=tokens(added_tokens_decoder={"first": added("<person>")}), **room)
folder("added-decoder-empty", "added_tokens_decoder is empty, so the older files are not read", files={
    **tokens(added_tokens_decoder={}), "added_tokens.json": {"<person>": N}, "special_tokens_map.json": {"cls_token": "<s>"}}, **room)
folder("added-both", "added_tokens_decoder and added_tokens.json", files={
    **tokens(added_tokens_decoder={str(N): added("<person>", True)}), "added_tokens.json": {"newwordy": N + 1}}, **room)
folder("map", "special_tokens_map.json renames cls_token", files={"special_tokens_map.json": {"cls_token": "<s>", "sep_token": "</s>"}})
folder("map-over-options", "special_tokens_map.json against tokenizer_config.json", files={
    **tokens(cls_token="[CLS]", unk_token="[UNK]"), "special_tokens_map.json": {"cls_token": "<s>", "unk_token": "<oov>"}})
folder("map-objects", "special_tokens_map.json with objects", files={"special_tokens_map.json": {
    "mask_token": {"content": "[MASK]", "lstrip": True, "normalized": False, "rstrip": False, "single_word": False}}})
folder("map-unused", "special_tokens_map.json beside added_tokens_decoder", files={
    **tokens(added_tokens_decoder={"2": added("[CLS]", True)}), "special_tokens_map.json": {"cls_token": "<s>"}})
folder("map-extra", "special_tokens_map.json with extra_special_tokens", files={
    **tokens(extra_special_tokens=["newword"]), "special_tokens_map.json": {"extra_special_tokens": [{
        "content": "<person>", "lstrip": False, "normalized": False, "rstrip": True, "single_word": False}, "newword"]}}, **room)
folder("map-null", "special_tokens_map.json with null", files={"special_tokens_map.json": {"bos_token": None, "mask_token": "[MASK]"}})
folder("map-broken", "special_tokens_map.json does not parse", no("special_tokens_map.json"), files={"special_tokens_map.json": "{'cls': 1}"})

# ---- tokenizer_class ----------------------------------------------------------------------------------------------------

for name in ["BertTokenizer", "BertTokenizerFast"]:
    folder(f"class-{name}", f"tokenizer_class {name}", files=tokens(tokenizer_class=name, do_lower_case=False))
folder("class-DistilBertTokenizer", "tokenizer_class DistilBertTokenizer", files=tokens(tokenizer_class="DistilBertTokenizer"))
folder("class-ElectraTokenizer", "tokenizer_class ElectraTokenizerFast", files=tokens(tokenizer_class="ElectraTokenizerFast"))
folder("class-RobertaTokenizer", "tokenizer_class RobertaTokenizer", no("tokenizer_class", "RobertaTokenizer"), files=tokens(tokenizer_class="RobertaTokenizer"))
folder("class-BertJapaneseTokenizer", "tokenizer_class BertJapaneseTokenizer", no("tokenizer_class", "BertJapaneseTokenizer"),
       files=tokens(tokenizer_class="BertJapaneseTokenizer", word_tokenizer_type="mecab"))
folder("class-unknown", "tokenizer_class nobody knows", no("tokenizer_class", "MyTokenizer"), files=tokens(tokenizer_class="MyTokenizer"))
folder("class-fast-without-json", "tokenizer_class PreTrainedTokenizerFast without tokenizer.json", no("tokenizer.json"), files=fast)
folder("class-in-config", "tokenizer_class in config.json", config={"tokenizer_class": "BertTokenizerFast"}, files=tokens(do_lower_case=False))
folder("class-in-config-other", "another tokenizer_class in config.json", no("config.json", "tokenizer_class", "RobertaTokenizer"), config={"tokenizer_class": "RobertaTokenizer"})
folder("class-null", "tokenizer_class null", files=tokens(tokenizer_class=None))
folder("tokenizer-code", "auto_map in tokenizer_config.json", files=tokens(auto_map={"AutoTokenizer": ["own.OwnTokenizer", None]}))

# ---- tokenizer.json -----------------------------------------------------------------------------------------------------

J = "tokenizer.json"
folder("json", "tokenizer.json alone", files={J: word_piece_json()}, without=["vocab.txt"])
folder("json-cased", "tokenizer.json that keeps case, which tokenizer_config.json does not say", files={J: word_piece_json(cased=True)},
       without=["vocab.txt"])
folder("json-cased-said", "tokenizer.json that keeps case, and so does tokenizer_config.json",
       files={J: word_piece_json(cased=True), **tokens(do_lower_case=False)})
folder("json-cased-fast", "the same of tokenizer_class PreTrainedTokenizerFast", files={J: word_piece_json(cased=True), **fast}, without=["vocab.txt"])
folder("json-backend", "tokenizer_class TokenizersBackend, as transformers 5 writes it",
       files={J: word_piece_json(cased=True), **tokens(tokenizer_class="TokenizersBackend", cls_token="[CLS]")}, without=["vocab.txt"])
folder("json-padded", "tokenizer.json with truncation and padding", without=["vocab.txt"], files={J: word_piece_json(
    truncation={"direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0},
    padding={"strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"})})
more = [*word_piece_json()["added_tokens"], {"id": N, **added("<person>", True)}, {"id": N + 1, **added("newwordy")}]
folder("json-added", "tokenizer.json with added tokens", files={J: word_piece_json(added_tokens=more)}, without=["vocab.txt"], **room)
folder("json-added-fast", "the same of PreTrainedTokenizerFast", files={J: word_piece_json(added_tokens=more), **fast}, without=["vocab.txt"], **room)
folder("json-added-decoder", "tokenizer.json with added tokens that added_tokens_decoder leaves out", files={
    J: word_piece_json(added_tokens=more), **tokens(added_tokens_decoder={str(N + 1): added("newwordy")})}, without=["vocab.txt"], **room)
folder("json-added-file", "tokenizer.json beside added_tokens.json", files={
    J: word_piece_json(), "added_tokens.json": {"<person>": N}}, without=["vocab.txt"], **room)
folder("json-added-beyond", "tokenizer.json with added tokens beyond the embedding", no("<person>", "vocab_size"),
       files={J: word_piece_json(added_tokens=more[:-1])}, without=["vocab.txt"])
single = word_piece_json()["post_processor"]
ends = {**single, "single": single["single"][:2]}
folder("json-one-end", "tokenizer.json that adds [CLS] alone", files={J: word_piece_json(post_processor=ends)}, without=["vocab.txt"])
folder("json-one-end-fast", "the same of PreTrainedTokenizerFast", files={J: word_piece_json(post_processor=ends), **fast}, without=["vocab.txt"])
folder("json-no-ends", "tokenizer.json without a post_processor", files={J: word_piece_json(post_processor=None)}, without=["vocab.txt"])
folder("json-no-ends-fast", "the same of PreTrainedTokenizerFast", no(J, "[CLS]"),
       files={J: word_piece_json(post_processor=None), **fast}, without=["vocab.txt"])
typed = json.loads(json.dumps(single))
typed["single"][1]["Sequence"]["type_id"] = 1
folder("json-typed", "tokenizer.json whose text has token type 1", files={J: word_piece_json(post_processor=typed)}, without=["vocab.txt"])
folder("json-typed-fast", "the same of PreTrainedTokenizerFast with token_type_ids", no(J, "type"), without=["vocab.txt"],
       files={J: word_piece_json(post_processor=typed), **tokens(tokenizer_class="PreTrainedTokenizerFast",
                                                                  model_input_names=["input_ids", "token_type_ids", "attention_mask"])})
folder("json-prefix", "tokenizer.json with another prefix of continuing pieces", files={J: with_model(word_piece_json(), continuing_subword_prefix="@@")}, without=["vocab.txt"])
folder("json-prefix-fast", "the same of PreTrainedTokenizerFast", files={J: with_model(word_piece_json(), continuing_subword_prefix="@@"), **fast}, without=["vocab.txt"])
folder("json-word-length", "tokenizer.json that takes words of 4 letters", files={J: with_model(word_piece_json(), max_input_chars_per_word=4)}, without=["vocab.txt"])
folder("json-word-length-fast", "the same of PreTrainedTokenizerFast", files={J: with_model(word_piece_json(), max_input_chars_per_word=4), **fast}, without=["vocab.txt"])
folder("json-over-vocab", "tokenizer.json beside another vocab.txt", files={J: word_piece_json(), **vocab([*WORDS[:5], *reversed(WORDS[5:])])})
untyped = word_piece_json()
del untyped["model"]["type"]
folder("json-untyped", "tokenizer.json of an old tokenizers, whose model has no type", files={J: untyped}, without=["vocab.txt"])
folder("json-lists", "tokenizer.json whose WordPiece vocabulary is a list", no(J, "vocab"), files={J: with_model(word_piece_json(), vocab=WORDS)}, without=["vocab.txt"])
folder("json-unk-fast", "PreTrainedTokenizerFast whose unk_token is not in the vocabulary", no(J, "[unknown]"),
       files={J: with_model(word_piece_json(), unk_token="[unknown]"), **fast}, without=["vocab.txt"])
level = {"type": "WordLevel", "vocab": {w: i for i, w in enumerate(WORDS)}, "unk_token": "[UNK]"}
folder("json-words-fast", "whole words (WordLevel)", files={J: other_model(level), **fast}, without=["vocab.txt"])
folder("json-words-unk-fast", "WordLevel without its unk_token", no(J, "[unknown]"), files={J: other_model({**level, "unk_token": "[unknown]"}), **fast}, without=["vocab.txt"])
bpe = {"type": "BPE", "dropout": None, "unk_token": "[UNK]", "continuing_subword_prefix": None, "end_of_word_suffix": None,
       "fuse_unk": False, "byte_fallback": False, "ignore_merges": False, "vocab": {w: i for i, w in enumerate(WORDS)}, "merges": []}
folder("json-bpe-fast", "BPE", files={J: other_model(bpe), **fast}, without=["vocab.txt"])
folder("json-bpe-no-unk-fast", "BPE without unk_token, which leaves characters out", files={J: other_model({**bpe, "unk_token": None}), **fast}, without=["vocab.txt"])
folder("json-bpe-dropout-fast", "BPE with dropout", no(J, "dropout"), files={J: other_model({**bpe, "dropout": 0.3}), **fast}, without=["vocab.txt"])
folder("json-bytes-fast", "byte-level BPE as RoBERTa's", files={J: byte_level(), **fast}, without=["vocab.txt"])
folder("json-bpe", "BPE in a folder that transformers reads as BertTokenizer", no(J, "BPE", "WordPiece"), files={J: other_model(bpe)}, without=["vocab.txt"])
unigram = {"type": "Unigram", "unk_id": 1, "vocab": [[w, -float(i % 9)] for i, w in enumerate(WORDS)], "byte_fallback": False}
folder("json-unigram-fast", "Unigram of PreTrainedTokenizerFast", files={J: other_model(unigram), **fast}, without=["vocab.txt"])
folder("json-unigram-no-unk-fast", "Unigram without unk_id", no(J, "unk_id"), files={J: other_model({**unigram, "unk_id": None}), **fast}, without=["vocab.txt"])
folder("json-regex-fast", "a pre_tokenizer with a regular expression", without=["vocab.txt"], files={J: word_piece_json(pre_tokenizer={
    "type": "Split", "pattern": {"Regex": r"\p{L}+(?=ing)|\p{N}{1,2}|[^\s\p{L}\p{N}]|\s+"}, "behavior": "Isolated", "invert": False}), **fast})
folder("json-versioned", "fast_tokenizer_files", no("tokenizer_config.json", "fast_tokenizer_files"), files={
    J: word_piece_json(), "tokenizer.4.0.json": word_piece_json(cased=True), **tokens(fast_tokenizer_files=["tokenizer.4.0.json"])})
folder("json-broken", "tokenizer.json is cut off", no(J), files={J: text(word_piece_json())[:400]})
folder("json-empty", "tokenizer.json is an empty object", no(J), files={J: {}}, without=["vocab.txt"])
folder("json-lfs", "tokenizer.json is a Git LFS pointer", no(J, "Git LFS"), files={J: LFS})

# ---- spiece.model -------------------------------------------------------------------------------------------------------

A = dict(base="albert")
aroom = dict(base="albert", config={"vocab_size": PIECES + 12})
folder("albert", "spiece.model alone", **A)
folder("albert-usual-v4", "tokenizer_config.json as transformers 4 writes it", files=tokens(
    bos_token="[CLS]", cls_token="[CLS]", do_lower_case=True, eos_token="[SEP]", keep_accents=False, pad_token="<pad>",
    mask_token={"__type": "AddedToken", **added("[MASK]", lstrip=True)}, model_max_length=512, remove_space=True,
    sep_token="[SEP]", sp_model_kwargs={}, tokenizer_class="AlbertTokenizer", unk_token="<unk>"), **A)
folder("albert-accents", "keep_accents true", files=tokens(keep_accents=True), **A)
folder("albert-cased", "do_lower_case false", files=tokens(do_lower_case=False), **A)
folder("albert-no-prefix", "add_prefix_space false", files=tokens(add_prefix_space=False), **A)
folder("albert-spaces", "remove_space false, which transformers 5 ignores", files=tokens(remove_space=False), **A)
folder("albert-unk-0", "spiece.model with <unk> at 0 and <s>, </s>", base="albert", files={"spiece.model": spiece(
    pad_id=-1, unk_id=0, bos_id=1, eos_id=2, control_symbols=["[CLS]", "[SEP]", "[MASK]", "<pad>"])}, config={"vocab_size": PIECES + 20})
folder("albert-bpe", "spiece.model of type BPE", no("spiece.model", "Unigram"), base="albert", files={"spiece.model": spiece(model_type="bpe")},
       config={"vocab_size": PIECES + 20})
folder("albert-plain", "spiece.model without replacements", base="albert", files={"spiece.model": spiece(plain=True)}, config={"vocab_size": PIECES + 20})
folder("albert-no-cls", "spiece.model without [CLS] and [SEP]", no("spiece.model", "[CLS]"), base="albert",
       files={"spiece.model": spiece(control_symbols=["[MASK]"])}, config={"vocab_size": PIECES + 20})
folder("albert-extra", "extra_special_tokens, in whose place spiece.model's own would be", files=tokens(extra_special_tokens=["<person>"]), **aroom)
folder("albert-extra-empty", "extra_special_tokens empty", files=tokens(extra_special_tokens=[]), **aroom)
folder("albert-additional", "additional_special_tokens", files=tokens(additional_special_tokens=["<person>"]), **aroom)
folder("albert-added-file", "added_tokens.json", files={"added_tokens.json": {"<person>": PIECES, "newword": PIECES + 1}}, **aroom)
folder("albert-added-decoder", "added_tokens_decoder", files=tokens(added_tokens_decoder={str(PIECES): added("newword")}), **aroom)
folder("albert-map", "special_tokens_map.json", files={"special_tokens_map.json": {"cls_token": "<pad>"}}, **A)
folder("albert-json", "tokenizer.json alone", files={J: albert_json()}, without=["spiece.model"], **A)
folder("albert-json-both", "tokenizer.json and spiece.model", files={J: albert_json()}, **A)
ajson = albert_json()
ajson["normalizer"] = {"type": "Lowercase"}
folder("albert-json-other", "tokenizer.json with another normalizer", files={J: ajson}, without=["spiece.model"], **A)
folder("albert-json-fast", "the same of PreTrainedTokenizerFast", files={J: ajson, **fast}, without=["spiece.model"], **A)
folder("albert-vocab", "vocab.txt without a tokenizer_class", no("vocab.txt", "spiece.model"), files=vocab(WORDS), without=["spiece.model"],
       base="albert", config={"vocab_size": ROOM})
folder("albert-vocab-class", "vocab.txt and tokenizer_class BertTokenizer, as the Chinese ones", without=["spiece.model"],
       files={**vocab(WORDS), **tokens(tokenizer_class="BertTokenizer")}, base="albert", config={"vocab_size": ROOM})
folder("albert-vocab-config", "vocab.txt and tokenizer_class BertTokenizer in config.json", without=["spiece.model"], files=vocab(WORDS),
       base="albert", config={"vocab_size": ROOM, "tokenizer_class": "BertTokenizer"})
folder("bert-spiece", "a BERT with spiece.model and no tokenizer_class", no("spiece.model", "vocab.txt"), files={"spiece.model": SPIECE},
       without=["vocab.txt"])
folder("bert-spiece-class", "a BERT with spiece.model and tokenizer_class AlbertTokenizer", without=["vocab.txt"],
       files={"spiece.model": SPIECE, **tokens(tokenizer_class="AlbertTokenizer")})
folder("both-vocabularies", "vocab.txt and spiece.model", files=vocab(WORDS), **A)
folder("albert-lfs", "spiece.model is a Git LFS pointer", no("spiece.model", "Git LFS"), files={"spiece.model": LFS}, **A)
folder("albert-broken", "spiece.model is damaged", no("spiece.model"), files={"spiece.model": SPIECE[:-300][:1000] + b"\xff" * 40}, **A)

# ---- config.json --------------------------------------------------------------------------------------------------------

for act in ["gelu_new", "gelu_pytorch_tanh", "gelu_python", "gelu_fast", "gelu_accurate", "relu"]:
    folder(f"act-{act}", f"hidden_act {act}", config={"hidden_act": act})
for act in ["silu", "gelu_10", "quick_gelu", "tanh", "mish", "GELU"]:
    folder(f"act-{act}", f"hidden_act {act}", no("config.json", "hidden_act", act), config={"hidden_act": act})
folder("act-null", "hidden_act null", no("config.json", "hidden_act"), config={"hidden_act": None})
folder("act-albert-absent", "an ALBERT without hidden_act", base="albert", drop=["hidden_act"])
folder("act-albert-gelu", "an ALBERT with gelu", base="albert", config={"hidden_act": "gelu"})
folder("position-absolute", "position_embedding_type absolute", config={"position_embedding_type": "absolute"})
folder("position-relative", "position_embedding_type relative_key", no("config.json", "relative_key"), config={"position_embedding_type": "relative_key"})
folder("usual-config", "config.json as transformers 4 writes it", config=dict(
    attention_probs_dropout_prob=0.1, classifier_dropout=0.5, gradient_checkpointing=False, hidden_dropout_prob=0.1, initializer_range=0.02,
    label2id={f"LABEL_{i}": i for i in range(5)}, torch_dtype="float32", transformers_version="4.30.2", use_cache=True,
    _name_or_path="bert-base-uncased", output_past=True, finetuning_task=None, num_labels=5))
folder("single-unnamed", "LABEL_n with single_label_classification", config={"problem_type": "single_label_classification"})
folder("multi-unnamed", "LABEL_n with multi_label_classification", config={"problem_type": "multi_label_classification"})
folder("regression-unnamed", "LABEL_n with regression", no("config.json", "problem_type", "regression"), config={"problem_type": "regression"})
named = {str(i): t for i, t in enumerate(TRAITS)}
folder("named", "named traits", config={"id2label": named})
folder("single-named", "named traits with single_label_classification", config={"id2label": named, "problem_type": "single_label_classification"})
folder("regression-named", "named traits with regression", no("config.json", "problem_type", "regression"), config={"id2label": named, "problem_type": "regression"})
folder("problem-unknown", "a problem_type nobody knows", no("config.json", "problem_type"), config={"problem_type": "multilabel"})
folder("problem-null", "problem_type null", config={"problem_type": None})
folder("albert-multi", "16 types with multi_label_classification", base="albert", config={"problem_type": "multi_label_classification"})
folder("albert-single", "16 types with single_label_classification", base="albert", config={"problem_type": "single_label_classification"})
folder("labels-unordered", "id2label out of order", config={"id2label": dict(reversed(named.items()))})
folder("labels-lower", "labels in lower case", config={"id2label": {k: v.lower() for k, v in named.items()}})
folder("labels-contradict", "label2id in another order than id2label", config={
    "id2label": named, "label2id": {t: i for i, t in enumerate(reversed(TRAITS))}})
folder("labels-other-words", "label2id that names other labels", config={
    "id2label": named, "label2id": {f"LABEL_{i}": i for i in range(5)}})
folder("labels-absent", "no id2label, num_labels 5", no("config.json", "id2label"), drop=["id2label"], config={"num_labels": 5}, like="bert")
folder("labels-gap", "id2label with a gap", no("config.json", "id2label"), config={"id2label": {"0": "Openness", "2": "Extraversion"}})
folder("labels-number", "id2label with numbers as labels", no("config.json", "id2label"), config={"id2label": {str(i): i for i in range(5)}})
folder("labels-four", "four labels", no("config.json", "id2label"), config={"id2label": {str(i): f"LABEL_{i}" for i in range(4)}})
folder("labels-twice", "a trait twice", no("config.json", "id2label"), config={"id2label": {**named, "4": "Neuroticism"}})
folder("labels-num", "num_labels against id2label", no("config.json", "num_labels"), config={"num_labels": 3})
folder("function-none", "function_to_apply", config={"function_to_apply": "none"})
folder("pruned-none", "pruned_heads empty", config={"pruned_heads": {}})
folder("pruned", "pruned_heads", no("config.json", "pruned_heads"), config={"pruned_heads": {"0": [1]}})
folder("untied", "tie_word_embeddings false", config={"tie_word_embeddings": False})
folder("dtype-f16", "torch_dtype float16 over f32 weights", config={"torch_dtype": "float16"})
folder("dtype-new-name", "dtype bfloat16 over f32 weights", config={"dtype": "bfloat16"})
folder("dtype-unknown", "torch_dtype nobody knows", config={"torch_dtype": "float99"}, like="bert")
folder("architectures-absent", "no architectures", drop=["architectures"])
folder("architectures-null", "architectures null", config={"architectures": None})
folder("architectures-empty", "architectures empty", config={"architectures": []})
folder("architectures-two", "two architectures", config={"architectures": ["BertForMaskedLM", "BertForSequenceClassification"]})
folder("architectures-model", "architectures BertModel", no("config.json", "BertModel"), config={"architectures": ["BertModel"]})
folder("architectures-contradict", "AlbertForSequenceClassification with model_type bert", no("config.json", "architectures", "model_type"),
       config={"architectures": ["AlbertForSequenceClassification"]})
folder("architectures-text", "architectures as text", no("config.json", "architectures"), config={"architectures": "BertForSequenceClassification"})
folder("no-model-type", "no model_type", drop=["model_type"], like="bert")
folder("model-type-roberta", "model_type roberta", no("config.json", "model_type", "roberta"), config={"model_type": "roberta", "architectures": None})
folder("model-type-other", "model_type roberta with BERT's architectures", no("config.json", "model_type", "roberta"), config={"model_type": "roberta"})
folder("model-type-case", "model_type BERT", no("config.json", "model_type", "BERT"), config={"model_type": "BERT"})
folder("quantized", "quantization_config", no("config.json", "quantization_config", "bitsandbytes"),
       config={"quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True}})
folder("quantized-null", "quantization_config null", config={"quantization_config": None})
folder("per-layer", "per_layer_config", no("config.json", "per_layer_config"), config={"per_layer_config": {"1": {"hidden_act": "relu"}}})
folder("decoder", "is_decoder true", no("config.json", "is_decoder"), config={"is_decoder": True})
folder("cross", "add_cross_attention true", no("config.json", "add_cross_attention"), config={"add_cross_attention": True})
folder("code", "auto_map in config.json", config={"auto_map": {"AutoModelForSequenceClassification": "own.Own"}})
folder("chunked", "chunk_size_feed_forward", config={"chunk_size_feed_forward": 1})
folder("weights-named", "transformers_weights", no("config.json", "transformers_weights"), config={"transformers_weights": "other.safetensors"},
       weights=lambda t: {"other.safetensors": safetensors(t)})
folder("epsilon", "layer_norm_eps 1e-3", config={"layer_norm_eps": 1e-3})
folder("epsilon-text", "layer_norm_eps as text", no("config.json", "layer_norm_eps"), config={"layer_norm_eps": "1e-12"})
folder("epsilon-0", "layer_norm_eps 0", no("config.json", "layer_norm_eps"), config={"layer_norm_eps": 0.0})
folder("one-type", "type_vocab_size 1", config={"type_vocab_size": 1})
folder("types-0", "type_vocab_size 0", no("config.json", "type_vocab_size"), config={"type_vocab_size": 0})
folder("pad-beyond", "pad_token_id beyond the vocabulary", config={"pad_token_id": 9999}, like="bert")
folder("pad-null", "pad_token_id null", config={"pad_token_id": None})
folder("size-text", "hidden_size as text", no("config.json", "hidden_size"), config={"hidden_size": "32"})
folder("size-float", "hidden_size 32.0", no("config.json", "hidden_size"), config={"hidden_size": 32.0})
folder("size-absent", "no hidden_size", no("config.json", "hidden_size"), drop=["hidden_size"])
folder("size-negative", "num_hidden_layers -1", no("config.json", "num_hidden_layers"), config={"num_hidden_layers": -1})
folder("heads-odd", "heads that do not divide", no("config.json", "num_attention_heads"), config={"num_attention_heads": 5})
folder("config-bom", "config.json with a byte-order mark", no("config.json", "byte-order mark"), files={"config.json": "\ufeff" + text(BERT)})
folder("config-empty", "config.json is empty", no("config.json", "empty"), files={"config.json": ""})
folder("config-list", "config.json is a list", no("config.json"), files={"config.json": "[]"})
folder("config-lfs", "config.json is a Git LFS pointer", no("config.json", "Git LFS"), files={"config.json": LFS})
folder("config-nan", "config.json with NaN", no("config.json"), files={"config.json": text(BERT).replace('"pad_token_id": 0', '"pad_token_id": 0, "x": NaN')}, like="bert")
folder("config-latin-1", "config.json is not UTF-8", no("config.json", "UTF-8"), files={"config.json": text({**BERT, "note": "é"}).encode("latin-1")})
folder("groups", "an ALBERT of two groups", base="albert", config={"num_hidden_layers": 4, "num_hidden_groups": 2})
folder("groups-uneven", "an ALBERT of 3 layers in 2 groups", base="albert", config={"num_hidden_layers": 3, "num_hidden_groups": 2})
folder("groups-inner", "an ALBERT with two inner layers", base="albert", config={"inner_group_num": 2})
folder("groups-rounding", "an ALBERT whose division of 18 layers among 14 groups rounds", base="albert",
       config={"num_hidden_layers": 18, "num_hidden_groups": 14, "hidden_size": 8, "intermediate_size": 8})
folder("groups-many", "an ALBERT with more groups than layers", no("config.json", "num_hidden_groups"), base="albert",
       config={"num_hidden_layers": 1, "num_hidden_groups": 2})

# ---- weights: safetensors -----------------------------------------------------------------------------------------------

S, B = "model.safetensors", "pytorch_model.bin"

WORD, BIAS = "bert.embeddings.word_embeddings.weight", "classifier.bias"
for name, dtype in [("f16", torch.float16), ("bf16", torch.bfloat16), ("f64", torch.float64)]:
    folder(f"weights-{name}", f"weights in {name}", weights=cast(dtype))
folder("weights-mixed", "a head in f16 over an encoder in f32", edit=lambda t: t.update({k: v.half() for k, v in t.items() if "classifier" in k}))
folder("weights-i8", "word embeddings in int8", no(S, WORD, "I8"), edit=lambda t: t.update({WORD: (t[WORD] * 16).to(torch.int8)}))
folder("weights-f8", "a linear layer in float8", no(S, "F8E4M3"), edit=lambda t: t.update({"bert.pooler.dense.weight": t["bert.pooler.dense.weight"].to(torch.float8_e4m3fn)}))
folder("weights-no-prefix", "an encoder without its prefix", edit=renamed(lambda k: k.removeprefix("bert.")))
folder("weights-gamma", "LayerNorm.gamma and beta", edit=renamed(lambda k: k.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")))
folder("weights-module", "names that begin with module.", no(S, "module."), edit=renamed(lambda k: "module." + k))
folder("weights-extra", "position_ids and a language model's head", edit=lambda t: t.update({
    "bert.embeddings.position_ids": torch.arange(64).unsqueeze(0), "cls.predictions.bias": torch.zeros(N), "cls.seq_relationship.bias": torch.zeros(2)}))
folder("weights-both-names", "a tensor with and without its prefix", no(S, "same weight"), edit=lambda t: t.update({"pooler.dense.bias": t["bert.pooler.dense.bias"] + 1}))
folder("weights-no-head", "no classifier", no(S, "classifier.weight"), edit=lambda t: [t.pop(k) for k in list(t) if "classifier" in k] and None)
folder("weights-no-pooler", "no pooler", no(S, "bert.pooler.dense.weight"), edit=lambda t: [t.pop(k) for k in list(t) if "pooler" in k] and None)
folder("weights-nan-bias", "NaN in the classifier's bias", no(S, BIAS, "NaN"), edit=change(BIAS, 1, float("nan")))
folder("weights-nan-word", "NaN in one word's vector", no(S, WORD, "NaN"), edit=change(WORD, 32 * 60, float("nan")))
folder("weights-nan-query", "NaN in a query", no(S, "query.weight", "NaN"), edit=change("bert.encoder.layer.1.attention.self.query.weight", 5, float("nan")))
folder("weights-inf", "infinity in a layer norm", no(S, "LayerNorm.weight", "inf"), edit=change("bert.embeddings.LayerNorm.weight", 5, float("inf")))
folder("weights-inf-f16", "infinity in f16", no(S, WORD, "inf"), edit=change(WORD, 3, float("-inf")), weights=cast(torch.float16))
folder("weights-f64-big", "an f64 too large for f32", no(S, BIAS, "inf"), weights=lambda t: {S: safetensors({
    k: v.double() + (1e300 if k == BIAS else 0) for k, v in t.items()})})
folder("weights-huge", "finite weights whose product is not", no("not finite"), edit=lambda t: t.update({k: v * 1e25 for k, v in t.items() if "dense.weight" in k and "layer" in k}))
folder("weights-positions", "fewer position embeddings than config.json says", no(S, "position_embeddings", "[64, 32]"), config={"max_position_embeddings": 128},
       edit=lambda t: t.update({"bert.embeddings.position_embeddings.weight": t["bert.embeddings.position_embeddings.weight"][:64]}))
folder("weights-head-shape", "a head of four labels", no(S, "classifier.weight", "[4, 32]"), edit=lambda t: t.update(
    {"classifier.weight": t["classifier.weight"][:4], BIAS: t[BIAS][:4]}))
folder("weights-no-format", "a header without format", weights=lambda t: {S: safetensors(t, None)})
folder("weights-tf-format", "a header that says tf", weights=lambda t: {S: safetensors(t, {"format": "tf"})})
folder("weights-lfs", "model.safetensors is a Git LFS pointer", no(S, "Git LFS"), weights=lambda t: {S: LFS.encode()})
folder("weights-empty", "model.safetensors is empty", no(S), weights=lambda t: {S: b""})
folder("weights-cut", "model.safetensors is cut off", no(S), weights=lambda t: {S: safetensors(t)[:-100]})
folder("weights-trailing", "bytes after the last tensor", no(S), weights=lambda t: {S: safetensors(t) + b"\0" * 64})
folder("weights-html", "a web page saved as model.safetensors", no(S), weights=lambda t: {S: b"<!DOCTYPE html><html>Not found</html>"})
folder("weights-overlap", "two tensors over the same bytes", no(S), weights=lambda t: {S: overlapping(t)})

folder("shards", "sharded safetensors", weights=lambda t: written(shards(t)))
folder("shards-beside", "shards beside a whole model.safetensors", weights=lambda t: {**written(shards({k: v * 2 for k, v in t.items()})), S: safetensors(t)})
folder("shards-absent", "a shard is not there", no("model-00002-of-00002.safetensors"), weights=lambda t: {
    k: v for k, v in written(shards(t)).items() if "00002-of" not in k})
folder("shards-wrong-map", "the index names the wrong shard for a tensor", weights=lambda t: written(shards(t, **{BIAS: "model-00001-of-00002.safetensors"})))
folder("shards-outside", "the index names a file outside the folder", no("model.safetensors.index.json", "../"),
       weights=lambda t: written(shards(t, **{BIAS: "../other/model.safetensors"})))
folder("shards-no-map", "an index without weight_map", no("model.safetensors.index.json", "weight_map"), weights=lambda t: {
    **written(shards(t)), "model.safetensors.index.json": '{"metadata": {}}'})
folder("shards-twice", "a tensor in both shards", no("model-0000", "same weight"), weights=lambda t: (lambda f: {
    **f, "model-00001-of-00002.safetensors": safetensors({**{k: v for k, v in list(t.items())[: len(t) // 2]}, BIAS: t[BIAS] + 1})})(written(shards(t))))
folder("shards-lfs", "a shard is a Git LFS pointer", no("model-00001-of-00002.safetensors", "Git LFS"), weights=lambda t: {
    **written(shards(t)), "model-00001-of-00002.safetensors": LFS.encode()})
folder("shards-nan", "NaN in a shard", no("model-00002-of-00002.safetensors", "NaN"), edit=change(BIAS, 1, float("nan")), weights=lambda t: written(shards(t)))
folder("variant", "model.fp16.safetensors alone", no("model.fp16.safetensors"), weights=lambda t: {"model.fp16.safetensors": safetensors(t)})

# ---- weights: pickles ---------------------------------------------------------------------------------------------------

folder("bin", "pytorch_model.bin", weights=lambda t: {B: pickled(t)})
folder("bin-f16", "pytorch_model.bin in f16", weights=lambda t: {B: pickled({k: v.half() for k, v in t.items()})})
folder("bin-bf16", "pytorch_model.bin in bf16", weights=lambda t: {B: pickled({k: v.bfloat16() for k, v in t.items()})})
folder("bin-f64", "pytorch_model.bin in f64", weights=lambda t: {B: pickled({k: v.double() for k, v in t.items()})})
folder("bin-old", "torch's format before 1.6", no(B, "1.6"), weights=lambda t: {B: pickled(t, _use_new_zipfile_serialization=False)})
folder("bin-ordered", "an OrderedDict with _metadata, as state_dict() gives it", weights=lambda t: {B: pickled(with_metadata(t))})
folder("bin-parameters", "parameters in place of tensors", weights=lambda t: {B: pickled({k: torch.nn.Parameter(v) for k, v in t.items()})})
folder("bin-views", "transposed tensors, not contiguous", weights=lambda t: {B: pickled({k: v.t().contiguous().t() if v.dim() == 2 else v for k, v in t.items()})})
folder("bin-slices", "tensors that are slices of one storage", no(B, "a part of a larger one"), weights=lambda t: {B: pickled(sliced(t))})
folder("bin-strided", "a tensor with every other column of its storage", no(B, "contiguous"), weights=lambda t: {B: pickled(strided(t))})
folder("bin-nested", "tensors under state_dict", no(B, "state_dict"), weights=lambda t: {B: pickled({"state_dict": dict(t), "epoch": 3})})
folder("bin-model", "a whole model, pickled", no(B), weights=lambda t: {B: pickled(torch.nn.Linear(2, 2))})
folder("bin-beside", "pytorch_model.bin beside model.safetensors", weights=lambda t: {B: pickled({k: v * 2 for k, v in t.items()}), S: safetensors(t)})
folder("bin-nan", "NaN in pytorch_model.bin", no(B, BIAS, "NaN"), edit=change(BIAS, 1, float("nan")), weights=lambda t: {B: pickled(t)})
folder("bin-lfs", "pytorch_model.bin is a Git LFS pointer", no(B, "Git LFS"), weights=lambda t: {B: LFS.encode()})
folder("bin-plain-pickle", "a pickle without torch", no(B), weights=lambda t: {B: pickle.dumps({"a": 1})})
folder("bin-is-safetensors", "safetensors under the name pytorch_model.bin", no(B, "safetensors"), weights=lambda t: {B: safetensors(t)})
folder("bin-cut", "pytorch_model.bin is cut off", no(B), weights=lambda t: {B: pickled(t)[:-2000]})
folder("bin-shards", "sharded pytorch_model.bin", weights=lambda t: bin_shards(t))
folder("albert-bin", "an ALBERT's pytorch_model.bin", weights=lambda t: {B: pickled(t)}, **A)

for name, file, content in [
    ("tf", "tf_model.h5", b"\x89HDF\r\n\x1a\n"), ("flax", "flax_model.msgpack", b"\x81\xa6params"), ("onnx", "model.onnx", b"\x08\x07"),
    ("gguf", "model.gguf", b"GGUF\x03\0\0\0"), ("checkpoint", "bert_model.ckpt.index", b"\0\0"),
]:
    folder(f"only-{name}", f"{file} alone", no(file, S), weights=lambda t, file=file, content=content: {file: content})
folder("only-nothing", "no weights", no(S, B), weights=lambda t: {})

# ---- beside the model ---------------------------------------------------------------------------------------------------

folder("adapter", "adapter_config.json", no("adapter_config.json"), files={"adapter_config.json": {"peft_type": "LORA", "base_model_name_or_path": "bert-base-uncased", "r": 8}})
folder("beside", "what other programs leave in a folder", files={
    "README.md": "# A model\n", "generation_config.json": {"_from_model_config": True}, "chat_template.jinja": "{{ messages }}", "training_args.bin": b"PK\x03\x04",
    "modules.json": [], "preprocessor_config.json": {}, "trainer_state.json": {}, "model.onnx": b"\x08\x07", "tf_model.h5": b"\x89HDF\r\n\x1a\n",
    "optimizer.pt": b"PK\x03\x04"})
