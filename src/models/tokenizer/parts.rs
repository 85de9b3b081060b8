//! What a tokenizer is made of, before it is one.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::class::Class;
use super::kind::TokenizerKind;
use super::pipelines::{Vocabulary, unigram, word_piece};
use super::sound;
use super::specials::Specials;
use super::token::Token;
use crate::models::error::ModelError;
use crate::models::folder::{self, Fields};

/// What a tokenizer is made of.
pub(super) struct Parts<'a> {
    pub(super) class: Class,
    pub(super) kind: TokenizerKind,
    /// The vocabulary's file.
    pub(super) path: PathBuf,
    pub(super) bytes: &'a [u8],
    pub(super) options: &'a Fields,
    /// The folder of the older files; `None` if there is none.
    pub(super) dir: Option<&'a Path>,
    pub(super) vocab_size: usize,
}

impl Parts<'_> {
    /// The fields of tokenizer.json; `None` if the vocabulary is another file.
    pub(super) fn json(&self) -> Result<Option<Fields>, ModelError> {
        if self.kind != TokenizerKind::Json {
            return Ok(None);
        }
        let malformed =
            |source| ModelError::Malformed { path: self.path.clone(), expected: "a tokenizer", source };
        let map: Map<String, Value> = serde_json::from_slice(self.bytes).map_err(malformed)?;
        match map.contains_key("model") && map.contains_key("added_tokens") {
            true => Ok(Some(Fields::new(self.path.clone(), map))),
            false => Err(ModelError::unsupported(
                &self.path,
                "it has no model or no added_tokens",
                "a whole tokenizer",
            )),
        }
    }

    /// The pipeline without added tokens (a tokenizer.json as it is has its own), and the pieces that a SentencePiece model marks.
    pub(super) fn pipeline(
        &self,
        specials: &Specials,
        json: Option<&Fields>,
    ) -> Result<(tokenizers::Tokenizer, Option<Vec<Token>>), ModelError> {
        let vocabulary = match (self.class, json) {
            (Class::Fast, _) => return Ok((self.own_pipeline()?, None)),
            (Class::Bert, Some(json)) => Vocabulary::word_piece_of_json(json)?,
            (Class::Albert, Some(json)) => Vocabulary::unigram_of_json(json)?,
            (Class::Bert, None) => Vocabulary::of_lines(folder::utf8(&self.path, self.bytes)?),
            (Class::Albert, None) => Vocabulary::of_sentence_piece(self.bytes)
                .map_err(|source| ModelError::Tokenizer { path: self.path.clone(), source })?,
        };
        match vocabulary {
            Vocabulary::WordPiece(pieces) => {
                let unknown = self.special(specials, "unk_token")?;
                if !pieces.iter().any(|(piece, _)| piece == unknown) {
                    return Err(sound::no_unknown(&self.path, unknown));
                }
                Ok((word_piece(pieces, unknown, self.options, &self.path)?, None))
            }
            Vocabulary::Unigram { pieces, charsmap, marked } => {
                Ok((unigram(pieces, &charsmap, self.options, &self.path)?, marked))
            }
        }
    }

    /// The pipeline of tokenizer.json as it is.
    pub(super) fn own_pipeline(&self) -> Result<tokenizers::Tokenizer, ModelError> {
        // tokenizers panics on what is no JSON inside a decoder.
        serde_json::from_slice::<serde_json::Value>(self.bytes)
            .map_err(Into::into)
            .and_then(|_| tokenizers::Tokenizer::from_bytes(self.bytes))
            .map_err(|source| ModelError::Tokenizer { path: self.path.clone(), source })
    }

    /// The token of a role, which must not be null.
    fn special<'s>(&self, specials: &'s Specials, role: &str) -> Result<&'s str, ModelError> {
        specials.role(self.class, role).ok_or_else(|| self.options.wrong(role, "null", "a token"))
    }

    /// The ids of cls_token and sep_token.
    pub(super) fn ends(
        &self,
        pipeline: &tokenizers::Tokenizer,
        specials: &Specials,
    ) -> Result<(Vec<u32>, Vec<u32>), ModelError> {
        let id = |role| {
            let token = self.special(specials, role)?;
            let id = pipeline.token_to_id(token).map(|id| vec![id]);
            id.ok_or_else(|| {
                ModelError::unsupported(&self.path, format!("it has no {token}"), "a token of that name")
            })
        };
        Ok((id("cls_token")?, id("sep_token")?))
    }
}
