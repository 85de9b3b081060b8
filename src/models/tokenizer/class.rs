//! Which of transformers' tokenizers a folder's files are read as.

use std::fmt;
use std::path::Path;

use crate::models::config::Architecture;
use crate::models::error::ModelError;
use crate::models::folder::Fields;

/// transformers' name of a tokenizer. The first two build their own pipeline, whatever tokenizer.json says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// BERT's WordPiece.
    Bert,
    /// ALBERT's SentencePiece Unigram.
    Albert,
    /// The pipeline of tokenizer.json as it is.
    Fast,
}

impl Class {
    /// The class that transformers takes for a model whose folder names none.
    pub(super) fn of(architecture: Architecture) -> Class {
        match architecture {
            Architecture::Bert => Class::Bert,
            Architecture::Albert => Class::Albert,
        }
    }

    /// The class that `tokenizer_class` names in these fields, if they have it.
    pub(super) fn named(fields: &Fields) -> Result<Option<Class>, ModelError> {
        let key = "tokenizer_class";
        let Some(name) = fields.text(key)? else { return Ok(None) };
        match name.strip_suffix("Fast").unwrap_or(&name) {
            // transformers 5 reads all three alike.
            "BertTokenizer" | "DistilBertTokenizer" | "ElectraTokenizer" => Ok(Some(Class::Bert)),
            "AlbertTokenizer" => Ok(Some(Class::Albert)),
            "PreTrainedTokenizer" | "TokenizersBackend" => Ok(Some(Class::Fast)),
            _ => {
                let expected = "BertTokenizer, AlbertTokenizer or PreTrainedTokenizerFast";
                Err(fields.wrong(key, format!("{name:?}"), expected))
            }
        }
    }

    /// The class that the vocabulary in `dir` is of, for a folder without a model.
    pub(super) fn of_vocabulary(dir: &Path) -> Class {
        match dir.join("spiece.model").exists() && !dir.join("vocab.txt").exists() {
            true => Class::Albert,
            false => Class::Bert,
        }
    }

    /// The special tokens of a folder that names none, by role.
    pub(super) fn special_tokens(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Class::Bert => &[
                ("unk_token", "[UNK]"),
                ("sep_token", "[SEP]"),
                ("pad_token", "[PAD]"),
                ("cls_token", "[CLS]"),
                ("mask_token", "[MASK]"),
            ],
            Class::Albert => &[
                ("bos_token", "[CLS]"),
                ("eos_token", "[SEP]"),
                ("unk_token", "<unk>"),
                ("sep_token", "[SEP]"),
                ("pad_token", "<pad>"),
                ("cls_token", "[CLS]"),
                ("mask_token", "[MASK]"),
            ],
            Class::Fast => &[],
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Class::Bert => "BertTokenizer",
            Class::Albert => "AlbertTokenizer",
            Class::Fast => "PreTrainedTokenizerFast",
        })
    }
}
