//! A tokenizer's files for a model's folder.

use std::path::Path;

use serde_json::{Value, json};

use super::vocabulary::Pruned;
use crate::learning::error::LearningError;
use crate::models::{Tokenizer, TokenizerKind};

pub struct TokenizerFiles {
    files: Vec<(&'static str, Vec<u8>)>,
    pub tokenizer: Tokenizer,
}

const CONFIG: &str = "tokenizer_config.json";

impl TokenizerFiles {
    /// tokenizer.json and vocab.txt of a pruned WordPiece vocabulary.
    pub fn of_bert(pruned: &Pruned) -> Result<TokenizerFiles, LearningError> {
        let config = json!({
            "tokenizer_class": "BertTokenizer",
            "do_lower_case": true,
            "strip_accents": null,
            "tokenize_chinese_chars": true,
            "model_max_length": 512,
            "pad_token": "[PAD]",
            "unk_token": "[UNK]",
            "cls_token": "[CLS]",
            "sep_token": "[SEP]",
            "mask_token": "[MASK]",
        });
        let json = (pruned.tokenizer.to_string() + "\n").into_bytes();
        let vocabulary = (pruned.pieces.join("\n") + "\n").into_bytes();
        TokenizerFiles::new(
            TokenizerKind::Json,
            json,
            config,
            pruned.pieces.len(),
            Some(("vocab.txt", vocabulary)),
        )
    }

    /// The spiece.model in `folder`, ALBERT's SentencePiece vocabulary.
    pub fn of_albert(folder: &Path) -> Result<TokenizerFiles, LearningError> {
        let path = folder.join(TokenizerKind::SentencePiece.file_name());
        let model = std::fs::read(&path).map_err(|source| LearningError::file(&path, source))?;
        let config = json!({
            "tokenizer_class": "AlbertTokenizer",
            "do_lower_case": true,
            "remove_space": true,
            "keep_accents": false,
            "model_max_length": 512,
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "cls_token": "[CLS]",
            "sep_token": "[SEP]",
            "mask_token": "[MASK]",
        });
        TokenizerFiles::new(TokenizerKind::SentencePiece, model, config, usize::MAX, None)
    }

    fn new(
        kind: TokenizerKind,
        content: Vec<u8>,
        config: Value,
        vocabulary: usize,
        more: Option<(&'static str, Vec<u8>)>,
    ) -> Result<TokenizerFiles, LearningError> {
        let text = format!("{config:#}\n").into_bytes();
        let fields = config.as_object().cloned().unwrap_or_default();
        let tokenizer = Tokenizer::parse(kind, &content, fields, Path::new(kind.file_name()), vocabulary)?;
        let mut files = vec![(kind.file_name(), content), (CONFIG, text)];
        files.extend(more);
        Ok(TokenizerFiles { files, tokenizer })
    }

    /// Writes the files into `folder`, which must exist.
    pub fn write(&self, folder: &Path) -> Result<(), LearningError> {
        for (name, content) in &self.files {
            let path = folder.join(name);
            std::fs::write(&path, content).map_err(|source| LearningError::file(&path, source))?;
        }
        Ok(())
    }

    /// The vocabulary, in the order of the ids.
    pub fn pieces(&self) -> Vec<String> {
        (0..).map_while(|id| self.tokenizer.token(id)).collect()
    }
}
