//! Whether a tokenizer reads every text, and what it adds to one.

use std::ops::Range;
use std::path::Path;

use serde_json::{Value, json};
use tokenizers::{ModelWrapper, Token};

use crate::models::error::ModelError;
use crate::models::folder::Fields;

/// Characters that no vocabulary here has, and ordinary ones.
const RARE: &str = "ꙮ 𒀀 ☃ ꧁ a Ж 中 🙂 1 é";

/// Refuses other files than tokenizer.json for other versions of transformers.
pub(super) fn refuse_versions(options: &Fields) -> Result<(), ModelError> {
    let key = "fast_tokenizer_files";
    match options.get(key) {
        Some(value) if !value.is_null() && *value != json!(["tokenizer.json"]) => {
            Err(options.wrong(key, value, "tokenizer.json alone"))
        }
        _ => Ok(()),
    }
}

/// `model_max_length`, or `max_len`, its old name. transformers writes 1e30 for "no limit".
pub(super) fn max_tokens(options: &Fields) -> Result<Option<usize>, ModelError> {
    let keys = ["model_max_length", "max_len"];
    let Some(key) = keys.into_iter().find(|key| options.get(key).is_some()) else { return Ok(None) };
    let value = options.get(key).unwrap_or(&Value::Null);
    match value.as_f64() {
        _ if value.is_null() => Ok(None),
        Some(number) if number >= 1e6 => Ok(None),
        Some(number) if number >= 1.0 && number.fract() == 0.0 => Ok(Some(number as usize)),
        _ => Err(options.wrong(key, value, "a whole number of tokens, at least 1")),
    }
}

/// That an unknown word has no token.
pub(super) fn no_unknown(path: &Path, token: &str) -> ModelError {
    let expected = "a token of that name for what the vocabulary does not know";
    ModelError::unsupported(path, format!("it has no {token}"), expected)
}

/// That nothing opens or closes a window.
pub(super) fn no_ends(path: &Path) -> ModelError {
    let found = "it has no post_processor, so it adds no [CLS] to a text";
    ModelError::unsupported(path, found, "a post_processor that adds special tokens")
}

/// Checks that ids are below `vocab_size`, that any text gets ids, and always the same.
pub(super) fn check(
    pipeline: &tokenizers::Tokenizer,
    path: &Path,
    vocab_size: usize,
) -> Result<(), ModelError> {
    let beyond = pipeline.get_vocab(true).into_iter().filter(|(_, id)| *id as usize >= vocab_size);
    if let Some((token, id)) = beyond.min_by_key(|(_, id)| *id) {
        let found = format!("it gives {token:?} the id {id}");
        return Err(ModelError::unsupported(path, found, format!("ids below vocab_size {vocab_size}")));
    }
    let unknown = match pipeline.get_model() {
        ModelWrapper::WordPiece(model) => Some(&model.unk_token),
        ModelWrapper::WordLevel(model) => Some(&model.unk_token),
        ModelWrapper::BPE(model) => {
            if let Some(dropout) = model.dropout.filter(|dropout| *dropout > 0.0) {
                let found = format!("its model has the dropout {dropout}");
                return Err(ModelError::unsupported(
                    path,
                    found,
                    "none, so that a text always gets the same ids",
                ));
            }
            None
        }
        ModelWrapper::Unigram(_) => None,
    };
    if let Some(token) = unknown.filter(|token| !pipeline.get_vocab(false).contains_key(*token)) {
        return Err(no_unknown(path, token));
    }
    // An `unk_token` or `unk_id` that is not there shows when an unknown character is read.
    match pipeline.encode(RARE, false) {
        Ok(_) => Ok(()),
        Err(source) => Err(ModelError::Tokenizer { path: path.into(), source }),
    }
}

/// The special ids that a tokenizer.json adds before and after a single text.
pub(super) fn ends(
    pipeline: &tokenizers::Tokenizer,
    path: &Path,
) -> Result<(Vec<u32>, Vec<u32>), ModelError> {
    let failed = |source| ModelError::Tokenizer { path: path.into(), source };
    let text = Token::new(u32::MAX, String::new(), (0, 0));
    let encoding = tokenizers::Encoding::from_tokens(vec![text], 0);
    let encoded = pipeline.post_process(encoding, None, true).map_err(failed)?;
    if encoded.get_type_ids().iter().any(|type_id| *type_id != 0) {
        let found = "its post_processor gives tokens of a single text another type than 0";
        return Err(ModelError::unsupported(path, found, "type 0"));
    }
    let mut ends = encoded.get_ids().split(|id| *id == u32::MAX);
    let (opening, closing) = (ends.next().unwrap_or_default(), ends.next().unwrap_or_default());
    match opening.is_empty() && closing.is_empty() {
        true => Err(no_ends(path)),
        false => Ok((opening.to_vec(), closing.to_vec())),
    }
}

/// The whole characters of `text` that these bytes belong to: a byte-level vocabulary has tokens for parts of a character.
pub(super) fn characters(text: &str, start: usize, end: usize) -> Range<usize> {
    let start = (0..=start).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let end = (end..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    start..end
}
