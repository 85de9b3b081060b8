//! Prunes a WordPiece vocabulary to the pieces that everyday English and our own text need.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value, json};
use tokenizers::Tokenizer;

use crate::learning::error::LearningError;

/// A pruned vocabulary.
#[derive(Debug)]
pub struct Pruned {
    /// The contents of tokenizer.json, with new ids and without truncation and padding.
    pub tokenizer: Value,
    /// The pieces in the order of their new ids.
    pub pieces: Vec<String>,
    /// The old id of each piece: the rows of the embedding matrix to keep.
    pub kept: Vec<u32>,
}

/// Special tokens, which are always kept.
const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// Prunes the tokenizer.json in `folder`; see [`prune`].
pub fn read_pruned(folder: &Path, texts: &[String], size: usize) -> Result<Pruned, LearningError> {
    let path = folder.join("tokenizer.json");
    let text = std::fs::read_to_string(&path).map_err(|source| LearningError::file(&path, source))?;
    let json = serde_json::from_str(&text).map_err(|source| LearningError::json(&path, source))?;
    prune(&json, texts, size)
}

/// The vocabulary of the tokenizer in `folder`, in the order of the ids.
pub fn words(folder: &Path, size: usize) -> Result<Vec<String>, LearningError> {
    let tokenizer = crate::models::Tokenizer::read(folder, size)?;
    Ok((0..size).map(|id| tokenizer.token(id as u32).unwrap_or_default()).collect())
}

/// Prunes the vocabulary of a WordPiece tokenizer.json to about `size` pieces.
///
/// Keeps the special tokens, every single character (so that any word can still be spelled), every piece that `texts`
/// use, and then the lowest ids, since BERT's vocabulary is sorted by frequency after its single characters.
fn prune(tokenizer: &Value, texts: &[String], size: usize) -> Result<Pruned, LearningError> {
    let vocab = tokenizer["model"]["vocab"].as_object().ok_or(LearningError::NotWordPiece)?;
    let mut pieces = vec![String::new(); vocab.len()];
    for (piece, id) in vocab {
        let id = id.as_u64().ok_or(LearningError::NotWordPiece)? as usize;
        *pieces.get_mut(id).ok_or(LearningError::NotWordPiece)? = piece.clone();
    }
    let whole = without_limits(tokenizer)?;
    let mut keep: BTreeSet<usize> = BTreeSet::new();
    for (id, piece) in pieces.iter().enumerate() {
        let bare = piece.strip_prefix("##").unwrap_or(piece);
        if SPECIAL.contains(&piece.as_str()) || bare.chars().count() == 1 {
            keep.insert(id);
        }
    }
    for text in texts {
        let encoding = whole.encode_fast(text.as_str(), false).map_err(LearningError::Tokenizer)?;
        keep.extend(encoding.get_ids().iter().map(|id| *id as usize));
    }
    let unused = |piece: &str| piece.starts_with("[unused");
    for (id, piece) in pieces.iter().enumerate() {
        if keep.len() >= size {
            break;
        }
        if !unused(piece) {
            keep.insert(id);
        }
    }
    let kept: Vec<u32> = keep.iter().map(|id| *id as u32).collect();
    let pieces: Vec<String> = keep.iter().map(|id| pieces[*id].clone()).collect();
    Ok(Pruned { tokenizer: renumbered(tokenizer, &pieces)?, pieces, kept })
}

/// The tokenizer of a tokenizer.json, without its truncation and padding.
fn without_limits(tokenizer: &Value) -> Result<Tokenizer, LearningError> {
    let mut plain = tokenizer.clone();
    plain["truncation"] = Value::Null;
    plain["padding"] = Value::Null;
    Tokenizer::from_bytes(plain.to_string()).map_err(LearningError::Tokenizer)
}

fn renumbered(tokenizer: &Value, pieces: &[String]) -> Result<Value, LearningError> {
    let vocab: Map<String, Value> = pieces.iter().enumerate().map(|(id, p)| (p.clone(), json!(id))).collect();
    let id_of = |token: &Value| -> Result<Value, LearningError> {
        token.as_str().and_then(|t| vocab.get(t)).cloned().ok_or(LearningError::NotWordPiece)
    };
    let mut changed = tokenizer.clone();
    changed["truncation"] = Value::Null;
    changed["padding"] = Value::Null;
    for token in changed["added_tokens"].as_array_mut().into_iter().flatten() {
        token["id"] = id_of(&token["content"])?;
    }
    if let Some(special) = changed["post_processor"]["special_tokens"].as_object_mut() {
        for (name, token) in special.iter_mut() {
            token["ids"] = json!([id_of(&json!(name))?]);
        }
    }
    changed["model"]["vocab"] = Value::Object(vocab);
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiny() -> Value {
        let pieces = [
            "[PAD]",
            "[unused0]",
            "[UNK]",
            "[CLS]",
            "[SEP]",
            "[MASK]",
            "a",
            "b",
            "l",
            "##a",
            "##l",
            "##b",
            "##e",
            "the",
            "all",
            "label",
            "rare",
        ];
        let vocab: Map<String, Value> =
            pieces.iter().enumerate().map(|(i, p)| (p.to_string(), json!(i))).collect();
        json!({
            "version": "1.0",
            "truncation": {"max_length": 4, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
            "padding": null,
            "added_tokens": SPECIAL.iter().map(|t| json!({"id": vocab[*t], "special": true, "content": t,
                "single_word": false, "lstrip": false, "rstrip": false, "normalized": false})).collect::<Vec<_>>(),
            "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                "strip_accents": null, "lowercase": true},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {"type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                    {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [3], "tokens": ["[CLS]"]},
                    "[SEP]": {"id": "[SEP]", "ids": [4], "tokens": ["[SEP]"]}}},
            "decoder": null,
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100, "vocab": vocab}
        })
    }

    #[test]
    fn the_pieces_of_our_texts_are_kept_and_other_words_can_be_spelled() {
        let pruned = prune(&tiny(), &["the label".to_string()], 13).unwrap();
        assert!(pruned.pieces.contains(&"label".to_string()) && !pruned.pieces.contains(&"rare".to_string()));
        assert!(!pruned.pieces.iter().any(|p| p.starts_with("[unused")));
        let tokenizer = without_limits(&pruned.tokenizer).unwrap();
        let tokens = tokenizer.encode("All the label the label", true).unwrap();
        let spelled = ["[CLS]", "a", "##l", "##l", "the", "label", "the", "label", "[SEP]"];
        assert_eq!(tokens.get_tokens(), spelled);
        for (token, id) in spelled.iter().zip(tokens.get_ids()) {
            assert_eq!(&pruned.pieces[*id as usize], token);
        }
    }

    #[test]
    fn the_kept_rows_are_those_of_the_same_pieces() {
        let tokenizer = tiny();
        let pruned = prune(&tokenizer, &[], 14).unwrap();
        for (piece, old) in pruned.pieces.iter().zip(&pruned.kept) {
            assert_eq!(tokenizer["model"]["vocab"][piece.as_str()], json!(old));
        }
    }
}
