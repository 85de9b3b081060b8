//! Text to token ids with the byte range of each: tokenizer.json, else vocab.txt (WordPiece), else spiece.model (Unigram).
//!
//! Without a tokenizer.json the pipeline is built as transformers 5 does for BertTokenizer and AlbertTokenizer, so that both
//! give the same ids. Truncation and padding in a tokenizer.json are disabled, since inference decides how long a window is.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tokenizers::models::unigram::Unigram;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::{BertNormalizer, Lowercase, NFKD, Precompiled, Replace, StripAccents};
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};
use tokenizers::pre_tokenizers::whitespace::WhitespaceSplit;
use tokenizers::{AddedToken, NormalizerWrapper, PreTokenizerWrapper};

use super::error::ModelError;
use super::sentencepiece::{PieceType, SentencePieceModel};

/// A text as token ids, without the special tokens that open and close a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoding {
    /// Vocabulary ids in the order of the text.
    pub ids: Vec<u32>,
    /// The bytes of the original text that each id stands for.
    pub offsets: Vec<Range<usize>>,
}

/// The file that a tokenizer was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenizerKind {
    /// tokenizer.json: a complete pipeline.
    Json,
    /// vocab.txt: BERT's WordPiece.
    WordPiece,
    /// spiece.model: ALBERT's SentencePiece Unigram.
    SentencePiece,
}

impl TokenizerKind {
    /// The file's name in the folder.
    pub fn file_name(self) -> &'static str {
        match self {
            TokenizerKind::Json => "tokenizer.json",
            TokenizerKind::WordPiece => "vocab.txt",
            TokenizerKind::SentencePiece => "spiece.model",
        }
    }
}

impl fmt::Display for TokenizerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TokenizerKind::Json => "tokenizer.json",
            TokenizerKind::WordPiece => "WordPiece (vocab.txt)",
            TokenizerKind::SentencePiece => "SentencePiece Unigram (spiece.model)",
        })
    }
}

/// A folder's tokenizer.
pub struct Tokenizer {
    pipeline: tokenizers::Tokenizer,
    kind: TokenizerKind,
    opening: Vec<u32>,
    closing: Vec<u32>,
    max_tokens: Option<usize>,
}

impl Tokenizer {
    /// Reads the tokenizer of `dir`, whose ids must all be below `vocab_size`.
    pub fn read(dir: &Path, vocab_size: usize) -> Result<Tokenizer, ModelError> {
        let options = Options::read(dir)?;
        let kinds = [TokenizerKind::Json, TokenizerKind::WordPiece, TokenizerKind::SentencePiece];
        let Some(kind) = kinds.into_iter().find(|kind| dir.join(kind.file_name()).exists()) else {
            let expected = "tokenizer.json, vocab.txt or spiece.model";
            return Err(ModelError::MissingFile { dir: dir.into(), expected });
        };
        let path = dir.join(kind.file_name());
        let bytes =
            std::fs::read(&path).map_err(|source| ModelError::Unreadable { path: path.clone(), source })?;
        Tokenizer::build(kind, &bytes, &options, &path, vocab_size)
    }

    /// Builds a tokenizer from the content of its file and of tokenizer_config.json. `path` names the file in errors.
    #[cfg(feature = "training")]
    pub fn parse(
        kind: TokenizerKind,
        content: &[u8],
        config: serde_json::Value,
        path: &Path,
        vocab_size: usize,
    ) -> Result<Tokenizer, ModelError> {
        let options = serde_json::from_value(config).map_err(|source| ModelError::Malformed {
            path: path.into(),
            expected: "a tokenizer's configuration",
            source,
        })?;
        Tokenizer::build(kind, content, &options, path, vocab_size)
    }

    fn build(
        kind: TokenizerKind,
        bytes: &[u8],
        options: &Options,
        path: &Path,
        vocab_size: usize,
    ) -> Result<Tokenizer, ModelError> {
        let failed = |source| ModelError::Tokenizer { path: path.into(), source };
        let mut pipeline = match kind {
            TokenizerKind::Json => tokenizers::Tokenizer::from_bytes(bytes),
            TokenizerKind::WordPiece => word_piece(bytes, options),
            TokenizerKind::SentencePiece => sentence_piece(bytes, options),
        }
        .map_err(failed)?;
        pipeline.with_truncation(None).map_err(failed)?;
        pipeline.with_padding(None);
        if let Some((token, id)) = pipeline.get_vocab(true).into_iter().max_by_key(|(_, id)| *id)
            && id as usize >= vocab_size
        {
            let found = format!("it gives {token:?} the id {id}");
            return Err(ModelError::unsupported(path, found, format!("ids below vocab_size {vocab_size}")));
        }
        let (opening, closing) = match kind {
            TokenizerKind::Json => around(&pipeline).map_err(failed)?,
            _ => (Vec::new(), Vec::new()),
        };
        let special = |name: &str| match pipeline.token_to_id(name) {
            Some(id) => Ok(vec![id]),
            None => Err(ModelError::unsupported(path, format!("it has no {name}"), "a token of that name")),
        };
        let (opening, closing) = match opening.is_empty() && closing.is_empty() {
            true => (special(options.cls())?, special(options.sep())?),
            false => (opening, closing),
        };
        let max_tokens = options.model_max_length.filter(|max| *max < 1e6).map(|max| max as usize);
        Ok(Tokenizer { pipeline, kind, opening, closing, max_tokens })
    }

    /// The file that it was made from.
    pub fn kind(&self) -> TokenizerKind {
        self.kind
    }

    /// The most tokens of a window, special tokens included: `model_max_length` in tokenizer_config.json.
    pub fn max_tokens(&self) -> Option<usize> {
        self.max_tokens
    }

    /// The number of tokens that [`Tokenizer::window_ids`] adds.
    pub fn special_tokens(&self) -> usize {
        self.opening.len() + self.closing.len()
    }

    /// Tokenizes a whole text, without special tokens.
    pub fn encode(&self, text: &str) -> Result<Encoding, ModelError> {
        let encoded = self
            .pipeline
            .encode(text, false)
            .map_err(|source| ModelError::Tokenization { bytes: text.len(), source })?;
        let offsets = encoded.get_offsets().iter().map(|&(start, end)| start..end).collect();
        Ok(Encoding { ids: encoded.get_ids().to_vec(), offsets })
    }

    /// Adds the special tokens that open and close a window.
    pub fn window_ids(&self, content: &[u32]) -> Vec<u32> {
        [&self.opening, content, &self.closing].concat()
    }

    /// The token with this id, as spelled in the vocabulary.
    pub fn token(&self, id: u32) -> Option<String> {
        self.pipeline.id_to_token(id)
    }
}

/// The special ids that a tokenizer.json adds before and after a single text.
fn around(pipeline: &tokenizers::Tokenizer) -> tokenizers::Result<(Vec<u32>, Vec<u32>)> {
    let encoded = pipeline.encode("a", true)?;
    let (ids, special) = (encoded.get_ids(), encoded.get_special_tokens_mask());
    let opening = special.iter().take_while(|s| **s == 1).count();
    let closing = special[opening..].iter().rev().take_while(|s| **s == 1).count();
    Ok((ids[..opening].to_vec(), ids[ids.len() - closing..].to_vec()))
}

/// BERT: vocab.txt holds one piece per line; its id is the line number, counted from 0.
fn word_piece(bytes: &[u8], options: &Options) -> tokenizers::Result<tokenizers::Tokenizer> {
    let model = WordPiece::builder()
        .vocab(WordPiece::read_bytes(bytes)?)
        .unk_token(options.special("unk_token").unwrap_or("[UNK]").to_string())
        .build()?;
    let mut pipeline = tokenizers::Tokenizer::new(model);
    let lower_case = options.do_lower_case.unwrap_or(true);
    let chinese = options.tokenize_chinese_chars.unwrap_or(true);
    pipeline.with_normalizer(Some(BertNormalizer::new(true, chinese, options.strip_accents, lower_case)))?;
    pipeline.with_pre_tokenizer(Some(BertPreTokenizer));
    add_special_tokens(&mut pipeline, options, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])?;
    Ok(pipeline)
}

/// ALBERT: the quotes `` and '' become ", then come NFKD, removal of accents, lower case and the model's own replacements, and
/// each word gets a leading ▁. Control pieces and user-defined symbols are matched before all that, anywhere in the text.
///
/// This equals transformers 5. SentencePiece itself (and transformers' former slow tokenizer) adds no ▁ after a user-defined
/// symbol, and splits "9," where transformers 5 does not.
fn sentence_piece(bytes: &[u8], options: &Options) -> tokenizers::Result<tokenizers::Tokenizer> {
    let model = SentencePieceModel::parse(bytes)?;
    let unknown = model.pieces.iter().position(|piece| piece.kind == PieceType::Unknown);
    let vocab = model.pieces.iter().map(|piece| (piece.text.clone(), piece.score)).collect();
    let mut pipeline = tokenizers::Tokenizer::new(Unigram::from(vocab, unknown, false)?);
    let mut steps: Vec<NormalizerWrapper> =
        vec![Replace::new("``", "\"")?.into(), Replace::new("''", "\"")?.into()];
    if !options.keep_accents.unwrap_or(false) {
        steps.extend([NFKD.into(), StripAccents.into()]);
    }
    if options.do_lower_case.unwrap_or(true) {
        steps.push(Lowercase.into());
    }
    if !model.charsmap.is_empty() {
        let charsmap =
            Precompiled::from(&model.charsmap).map_err(|_| "its table of replacements is damaged")?;
        steps.push(charsmap.into());
    }
    pipeline.with_normalizer(Some(tokenizers::normalizers::Sequence::new(steps)))?;
    let words: Vec<PreTokenizerWrapper> =
        vec![WhitespaceSplit.into(), Metaspace::new('▁', PrependScheme::Always, true).into()];
    pipeline.with_pre_tokenizer(Some(tokenizers::pre_tokenizers::sequence::Sequence::new(words)));
    add_special_tokens(&mut pipeline, options, ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"])?;
    let of = |kind| model.pieces.iter().filter(move |piece| piece.kind == kind).map(|piece| &piece.text);
    pipeline.add_special_tokens(of(PieceType::Control).map(|text| AddedToken::from(text.as_str(), true)))?;
    let symbols =
        of(PieceType::UserDefined).map(|text| AddedToken::from(text.as_str(), false).normalized(false));
    pipeline.add_tokens(symbols)?;
    Ok(pipeline)
}

/// Registers special tokens, so that they are recognized in a text as transformers does. Names missing from the vocabulary are
/// skipped.
fn add_special_tokens(
    pipeline: &mut tokenizers::Tokenizer,
    options: &Options,
    defaults: [&str; 5],
) -> tokenizers::Result<()> {
    let roles = ["pad_token", "unk_token", "cls_token", "sep_token", "mask_token"];
    let names = roles.into_iter().zip(defaults).map(|(role, name)| options.special(role).unwrap_or(name));
    let known: Vec<_> = names.filter(|name| pipeline.token_to_id(name).is_some()).collect();
    pipeline.add_special_tokens(known.into_iter().map(|name| AddedToken::from(name, true)))?;
    Ok(())
}

/// The fields of tokenizer_config.json that change the result. A missing file counts as an empty one.
#[derive(Debug, Default, Deserialize)]
struct Options {
    do_lower_case: Option<bool>,
    strip_accents: Option<bool>,
    tokenize_chinese_chars: Option<bool>,
    keep_accents: Option<bool>,
    /// transformers writes 1e30 for "no limit".
    model_max_length: Option<f64>,
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

impl Options {
    fn read(dir: &Path) -> Result<Options, ModelError> {
        let path: PathBuf = dir.join("tokenizer_config.json");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(Options::default()),
            Err(source) => return Err(ModelError::Unreadable { path, source }),
        };
        serde_json::from_str(&text).map_err(|source| ModelError::Malformed {
            path,
            expected: "a tokenizer's configuration",
            source,
        })
    }

    /// A special token's name, given as a string or as the object that transformers writes.
    fn special(&self, role: &str) -> Option<&str> {
        let value = self.others.get(role)?;
        value.as_str().or_else(|| value.get("content")?.as_str())
    }

    fn cls(&self) -> &str {
        self.special("cls_token").unwrap_or("[CLS]")
    }

    fn sep(&self) -> &str {
        self.special("sep_token").unwrap_or("[SEP]")
    }
}
