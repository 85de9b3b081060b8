//! The pipelines of transformers 5's BertTokenizer and AlbertTokenizer, and that of a tokenizer.json as it is.

use std::path::Path;

use serde_json::Value;
use tokenizers::models::unigram::Unigram;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::{BertNormalizer, Lowercase, NFKD, Precompiled, Replace, StripAccents};
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};
use tokenizers::pre_tokenizers::whitespace::WhitespaceSplit;
use tokenizers::{NormalizerWrapper, PreTokenizerWrapper};

use super::sentencepiece::{PieceType, SentencePieceModel};
use super::token::Token;
use crate::models::error::ModelError;
use crate::models::folder::Fields;

/// The vocabulary that a pipeline is built on.
pub(super) enum Vocabulary {
    WordPiece(Vec<(String, u32)>),
    Unigram {
        pieces: Vec<(String, f64)>,
        /// A double-array trie of replacements; may be empty.
        charsmap: Vec<u8>,
        /// The pieces that are tokens wherever they stand: control pieces and user-defined symbols. `None` if it comes from a
        /// tokenizer.json, which lists them itself.
        marked: Option<Vec<Token>>,
    },
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

impl Vocabulary {
    /// vocab.txt: one piece per line; its id is the line number, counted from 0.
    pub(super) fn of_lines(text: &str) -> Vocabulary {
        let lines = text.lines().map(|line| line.trim_end().to_owned());
        Vocabulary::WordPiece(lines.zip(0..).collect())
    }

    /// spiece.model.
    pub(super) fn of_sentence_piece(bytes: &[u8]) -> Result<Vocabulary, Failed> {
        let model = SentencePieceModel::parse(bytes)?;
        let marked = |kind: PieceType| match kind {
            PieceType::Control => Some(true),
            PieceType::UserDefined => Some(false),
            _ => None,
        };
        let tokens = model.pieces.iter().filter_map(|piece| {
            let special = marked(piece.kind)?;
            Some(Token { content: piece.text.clone(), special, normalized: Some(false), ..Token::default() })
        });
        Ok(Vocabulary::Unigram {
            marked: Some(tokens.collect()),
            pieces: model.pieces.into_iter().map(|piece| (piece.text, piece.score)).collect(),
            charsmap: model.charsmap,
        })
    }

    /// The vocabulary in a tokenizer.json's WordPiece.
    pub(super) fn word_piece_of_json(json: &Fields) -> Result<Vocabulary, ModelError> {
        let vocab = json_vocabulary(json, "WordPiece")?;
        let pieces = vocab.as_object().and_then(|pieces| {
            let piece =
                |(piece, id): (&String, &Value)| Some((piece.clone(), u32::try_from(id.as_u64()?).ok()?));
            pieces.iter().map(piece).collect::<Option<Vec<_>>>()
        });
        pieces.map(Vocabulary::WordPiece).ok_or_else(|| {
            ModelError::unsupported(json.path(), "its model's vocab has no ids", "an id for each piece")
        })
    }

    /// The vocabulary in a tokenizer.json's Unigram, and the replacements of its normalizer.
    pub(super) fn unigram_of_json(json: &Fields) -> Result<Vocabulary, ModelError> {
        let vocab = json_vocabulary(json, "Unigram")?;
        let pieces = vocab.as_array().and_then(|pieces| {
            let piece = |piece: &Value| Some((piece.get(0)?.as_str()?.to_owned(), piece.get(1)?.as_f64()?));
            pieces.iter().map(piece).collect::<Option<Vec<_>>>()
        });
        let refuse = |found: &str, expected: &str| ModelError::unsupported(json.path(), found, expected);
        let pieces =
            pieces.ok_or_else(|| refuse("its model's vocab has no scores", "a score for each piece"))?;
        let normalizer = json.get("normalizer").unwrap_or(&Value::Null);
        let steps = match normalizer.get("normalizers") {
            Some(Value::Array(steps)) => steps.as_slice(),
            _ => std::slice::from_ref(normalizer),
        };
        let charsmap = steps.iter().find_map(|step| step.get("precompiled_charsmap")?.as_str());
        let charsmap =
            charsmap.map(|text| base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text));
        let charsmap =
            charsmap.transpose().map_err(|_| refuse("its precompiled_charsmap is not base64", "base64"))?;
        Ok(Vocabulary::Unigram { pieces, charsmap: charsmap.unwrap_or_default(), marked: None })
    }
}

/// `model.vocab` of a tokenizer.json, whose model must be of this type. (Old files do not say the type.)
fn json_vocabulary<'a>(json: &'a Fields, wanted: &str) -> Result<&'a Value, ModelError> {
    let model = json.get("model").unwrap_or(&Value::Null);
    let found = model.get("type").and_then(Value::as_str).unwrap_or(wanted);
    if found != wanted {
        let expected =
            format!("{wanted}, or tokenizer_class PreTrainedTokenizerFast in tokenizer_config.json");
        return Err(ModelError::unsupported(json.path(), format!("its model is {found}"), expected));
    }
    model
        .get("vocab")
        .ok_or_else(|| ModelError::unsupported(json.path(), "its model has no vocab", "a vocabulary"))
}

/// BERT's pipeline. `path` names the vocabulary in errors.
pub(super) fn word_piece(
    pieces: Vec<(String, u32)>,
    unknown: &str,
    options: &Fields,
    path: &Path,
) -> Result<tokenizers::Tokenizer, ModelError> {
    let lower_case = options.flag("do_lower_case")?.unwrap_or(true);
    let chinese = options.flag("tokenize_chinese_chars")?.unwrap_or(true);
    let accents = options.optional_flag("strip_accents")?;
    let build = || -> Result<tokenizers::Tokenizer, Failed> {
        // An empty map of the type that the builder takes.
        let mut vocabulary = WordPiece::read_bytes(b"")?;
        vocabulary.extend(pieces);
        let model = WordPiece::builder().vocab(vocabulary).unk_token(unknown.to_owned()).build()?;
        let mut pipeline = tokenizers::Tokenizer::new(model);
        pipeline.with_normalizer(Some(BertNormalizer::new(true, chinese, accents, lower_case)))?;
        pipeline.with_pre_tokenizer(Some(BertPreTokenizer));
        Ok(pipeline)
    };
    build().map_err(|source| ModelError::Tokenizer { path: path.into(), source })
}

/// The piece that AlbertTokenizer takes for what no piece covers, whichever the SentencePiece model itself marks so.
const UNKNOWN: usize = 1;

/// ALBERT's pipeline: the quotes `` and '' become ", then come NFKD, removal of accents, lower case and the model's own
/// replacements, and each word gets a leading ▁. Marked pieces are matched before all that, anywhere in the text.
///
/// `path` names the vocabulary in errors. This equals transformers 5. SentencePiece itself (and transformers' former slow tokenizer) adds no ▁ after a user-defined
/// symbol, and splits "9," where transformers 5 does not.
pub(super) fn unigram(
    pieces: Vec<(String, f64)>,
    charsmap: &[u8],
    options: &Fields,
    path: &Path,
) -> Result<tokenizers::Tokenizer, ModelError> {
    let accents = options.flag("keep_accents")?.unwrap_or(false);
    let lower_case = options.flag("do_lower_case")?.unwrap_or(true);
    let prefix = options.flag("add_prefix_space")?.unwrap_or(true);
    let build = || -> Result<tokenizers::Tokenizer, Failed> {
        let mut pipeline = tokenizers::Tokenizer::new(Unigram::from(pieces, Some(UNKNOWN), false)?);
        let mut steps: Vec<NormalizerWrapper> =
            vec![Replace::new("``", "\"")?.into(), Replace::new("''", "\"")?.into()];
        if !accents {
            steps.extend([NFKD.into(), StripAccents.into()]);
        }
        if lower_case {
            steps.push(Lowercase.into());
        }
        if !charsmap.is_empty() {
            let charsmap = Precompiled::from(charsmap).map_err(|_| "its table of replacements is damaged")?;
            steps.push(charsmap.into());
        }
        pipeline.with_normalizer(Some(tokenizers::normalizers::Sequence::new(steps)))?;
        let scheme = if prefix { PrependScheme::Always } else { PrependScheme::Never };
        let words: Vec<PreTokenizerWrapper> =
            vec![WhitespaceSplit.into(), Metaspace::new('▁', scheme, true).into()];
        pipeline.with_pre_tokenizer(Some(tokenizers::pre_tokenizers::sequence::Sequence::new(words)));
        Ok(pipeline)
    };
    build().map_err(|source| ModelError::Tokenizer { path: path.into(), source })
}
