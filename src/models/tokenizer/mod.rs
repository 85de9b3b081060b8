//! Text to token ids with the byte range of each, as transformers 5 reads a folder's files: tokenizer.json, else vocab.txt
//! (WordPiece) or spiece.model (Unigram), with tokenizer_config.json and the files of added tokens.
//!
//! A folder's class decides what a tokenizer.json is: BertTokenizer and AlbertTokenizer take its vocabulary and build their own
//! pipeline over it, only PreTrainedTokenizerFast takes all of it. Truncation and padding are disabled, since inference decides
//! how long a window is.

mod class;
mod kind;
mod parts;
mod pipelines;
mod sentencepiece;
mod sound;
mod specials;
mod token;

use std::collections::BTreeSet;
use std::path::Path;

#[cfg(feature = "training")]
use serde_json::{Map, Value};

use super::config::Architecture;
use super::error::ModelError;
use super::folder::{self, Fields};
use class::Class;
pub use kind::{Encoding, TokenizerKind};
use parts::Parts;
use specials::Specials;

/// A folder's tokenizer.
pub struct Tokenizer {
    pipeline: tokenizers::Tokenizer,
    kind: TokenizerKind,
    class: Class,
    opening: Vec<u32>,
    closing: Vec<u32>,
    max_tokens: Option<usize>,
    files: Vec<&'static str>,
    unused: Vec<String>,
}

const OPTIONS: &str = "tokenizer_config.json";

impl Tokenizer {
    /// Reads the tokenizer of `dir`, whose ids must all be below `vocab_size`, for a folder without a model.
    pub fn read(dir: &Path, vocab_size: usize) -> Result<Tokenizer, ModelError> {
        Tokenizer::read_as(dir, Class::of_vocabulary(dir), None, vocab_size)
    }

    /// Reads the tokenizer of a model's folder. Its `tokenizer_class` counts, in tokenizer_config.json before config.json, whose
    /// fields are `config`.
    pub(super) fn of_model(
        dir: &Path,
        architecture: Architecture,
        config: &Fields,
        vocab_size: usize,
    ) -> Result<Tokenizer, ModelError> {
        Tokenizer::read_as(dir, Class::of(architecture), Some(config), vocab_size)
    }

    fn read_as(
        dir: &Path,
        default: Class,
        config: Option<&Fields>,
        vocab_size: usize,
    ) -> Result<Tokenizer, ModelError> {
        let path = dir.join(OPTIONS);
        let map = folder::object(&path, "a tokenizer's configuration")?;
        let present = map.is_some();
        let options = Fields::new(path, map.unwrap_or_default());
        let class = match (Class::named(&options)?, config) {
            (Some(class), _) => class,
            (None, Some(config)) => Class::named(config)?.unwrap_or(default),
            (None, None) => default,
        };
        let kind = vocabulary(dir, class)?;
        let path = dir.join(kind.file_name());
        let bytes = folder::bytes(&path)?.unwrap_or_default();
        let parts = Parts { class, kind, path, bytes: &bytes, options: &options, dir: Some(dir), vocab_size };
        let mut tokenizer = Tokenizer::build(&parts)?;
        if present {
            tokenizer.files.push(OPTIONS);
        }
        Ok(tokenizer)
    }

    /// Builds a tokenizer from the content of its file and of tokenizer_config.json. `path` names the file in errors.
    #[cfg(feature = "training")]
    pub fn parse(
        kind: TokenizerKind,
        content: &[u8],
        config: Map<String, Value>,
        path: &Path,
        vocab_size: usize,
    ) -> Result<Tokenizer, ModelError> {
        let options = Fields::new(path.with_file_name(OPTIONS), config);
        let default = match kind {
            TokenizerKind::SentencePiece => Class::Albert,
            TokenizerKind::Json | TokenizerKind::WordPiece => Class::Bert,
        };
        let class = Class::named(&options)?.unwrap_or(default);
        let path = path.to_path_buf();
        Tokenizer::build(&Parts {
            class,
            kind,
            path,
            bytes: content,
            options: &options,
            dir: None,
            vocab_size,
        })
    }

    fn build(parts: &Parts<'_>) -> Result<Tokenizer, ModelError> {
        let Parts { class, options, path, .. } = parts;
        let failed = |source| ModelError::Tokenizer { path: path.clone(), source };
        sound::refuse_versions(options)?;
        let json = parts.json()?;
        let specials =
            Specials::read(parts.dir, options, json.as_ref().and_then(|json| json.get("added_tokens")))?;
        let (mut pipeline, marked) = parts.pipeline(&specials, json.as_ref())?;
        if options.flag("split_special_tokens")?.unwrap_or(false) {
            pipeline.set_encode_special_tokens(true);
        }
        pipeline.with_truncation(None).map_err(failed)?;
        pipeline.with_padding(None);
        // AlbertTokenizer takes its ends from the pieces before it adds tokens, BertTokenizer afterwards.
        let piece_ends = if *class == Class::Albert { Some(parts.ends(&pipeline, &specials)?) } else { None };
        let present: BTreeSet<String> =
            pipeline.get_added_tokens_decoder().into_values().map(|token| token.content).collect();
        for added in specials.to_add(*class, &present, marked) {
            // Neither is needed to read a text. Where the embedding has no row for it, transformers fails on texts that spell it.
            let optional = matches!(added.role, Some("pad_token" | "mask_token"));
            let new = pipeline.token_to_id(&added.token.content).is_none();
            if !(optional && new && pipeline.get_vocab_size(true) >= parts.vocab_size) {
                pipeline.add_tokens([added.token]).map_err(failed)?;
            }
        }
        sound::check(&pipeline, path, parts.vocab_size)?;
        let own_ends = json.as_ref().filter(|json| {
            *class != Class::Bert && json.get("post_processor").is_some_and(|value| !value.is_null())
        });
        let (opening, closing) = match (own_ends, piece_ends, class) {
            (Some(_), ..) => sound::ends(&parts.own_pipeline()?, path)?,
            (None, Some(ends), _) => ends,
            (None, None, Class::Fast) => return Err(sound::no_ends(path)),
            (None, None, _) => parts.ends(&pipeline, &specials)?,
        };
        let mut files = specials.files;
        files.push(parts.kind.file_name());
        let max_tokens = sound::max_tokens(options)?;
        let (kind, class, unused) = (parts.kind, *class, options.unused());
        Ok(Tokenizer { pipeline, kind, class, opening, closing, max_tokens, files, unused })
    }

    /// The file that it was made from.
    pub fn kind(&self) -> TokenizerKind {
        self.kind
    }

    /// transformers' name of this tokenizer.
    pub fn class_name(&self) -> String {
        self.class.to_string()
    }

    /// The files that were read.
    pub fn files(&self) -> &[&'static str] {
        &self.files
    }

    /// The fields of tokenizer_config.json that make no difference.
    pub fn unused(&self) -> &[String] {
        &self.unused
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
        let offsets =
            encoded.get_offsets().iter().map(|&(start, end)| sound::characters(text, start, end)).collect();
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

/// The file of a folder's vocabulary.
fn vocabulary(dir: &Path, class: Class) -> Result<TokenizerKind, ModelError> {
    let exists = |kind: TokenizerKind| dir.join(kind.file_name()).exists();
    let other = |kind: TokenizerKind, own: &str, other: Class| {
        let path = dir.join(kind.file_name());
        let expected = format!("tokenizer.json or {own}, or tokenizer_class {other} in {OPTIONS}");
        ModelError::unsupported(
            path,
            format!("it is of {other}, and the folder is read as {class}"),
            expected,
        )
    };
    let missing = |expected| ModelError::MissingFile { dir: dir.into(), expected };
    if exists(TokenizerKind::Json) {
        return Ok(TokenizerKind::Json);
    }
    match class {
        Class::Bert if exists(TokenizerKind::WordPiece) => Ok(TokenizerKind::WordPiece),
        Class::Bert if exists(TokenizerKind::SentencePiece) => {
            Err(other(TokenizerKind::SentencePiece, "vocab.txt", Class::Albert))
        }
        Class::Bert => Err(missing("tokenizer.json or vocab.txt")),
        Class::Albert if exists(TokenizerKind::SentencePiece) => Ok(TokenizerKind::SentencePiece),
        Class::Albert if exists(TokenizerKind::WordPiece) => {
            Err(other(TokenizerKind::WordPiece, "spiece.model", Class::Bert))
        }
        Class::Albert => Err(missing("tokenizer.json or spiece.model")),
        Class::Fast => Err(missing("tokenizer.json, which tokenizer_class PreTrainedTokenizerFast asks for")),
    }
}
