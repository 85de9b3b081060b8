//! What a text becomes, and what a tokenizer is made from.

use std::fmt;
use std::ops::Range;

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
    /// tokenizer.json: a vocabulary and a pipeline.
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
