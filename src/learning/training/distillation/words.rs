//! Averages token states word by word, so that models with different tokenizers can be compared.

use std::ops::Range;

use candle_core::{Device, Tensor};

use super::super::network::Batch;
use crate::learning::error::LearningError;
use crate::models::Tokenizer;

/// The byte ranges between white space.
pub fn words_of(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut start = None;
    for (i, c) in text.char_indices() {
        match (c.is_whitespace(), start) {
            (true, Some(s)) => {
                words.push(s..i);
                start = None;
            }
            (false, None) => start = Some(i),
            _ => {}
        }
    }
    if let Some(s) = start {
        words.push(s..text.len());
    }
    words
}

/// Tokenized texts, and the word that each token belongs to.
pub struct TokenizedWords {
    windows: Vec<Vec<u32>>,
    /// For each text and token, the word's number from 1; 0 for the opening special token, `None` for the closing one.
    word_of: Vec<Vec<Option<usize>>>,
}

pub fn tokenize(tokenizer: &Tokenizer, texts: &[String]) -> Result<TokenizedWords, LearningError> {
    let mut out = TokenizedWords { windows: Vec::new(), word_of: Vec::new() };
    for text in texts {
        let words = words_of(text);
        let encoding = tokenizer.encode(text)?;
        let word_of = encoding.offsets.iter().map(|range| {
            let last = range.end.saturating_sub(1).max(range.start);
            words.iter().position(|w| w.contains(&last)).map(|w| w + 1)
        });
        let window = tokenizer.window_ids(&encoding.ids);
        let word_of = std::iter::once(Some(0)).chain(word_of).chain(std::iter::once(None));
        out.word_of.push(word_of.collect());
        out.windows.push(window);
    }
    Ok(out)
}

impl TokenizedWords {
    /// A matrix of (texts, words, tokens) whose rows average the tokens of a word. Rows for words that a text lacks are zero.
    pub fn averages(&self, words: usize) -> Result<Tensor, LearningError> {
        let length = self.windows.iter().map(Vec::len).max().unwrap_or(0);
        let mut values = vec![0f32; self.windows.len() * words * length];
        for (row, word_of) in self.word_of.iter().enumerate() {
            let mut counts = vec![0f32; words];
            word_of.iter().flatten().for_each(|w| counts[*w] += 1.0);
            for (token, word) in word_of.iter().enumerate() {
                if let Some(word) = word {
                    values[(row * words + word) * length + token] = 1.0 / counts[*word];
                }
            }
        }
        Ok(Tensor::from_vec(values, (self.windows.len(), words, length), &Device::Cpu)?)
    }

    pub fn batch(&self) -> Result<Batch, LearningError> {
        let windows: Vec<&[u32]> = self.windows.iter().map(Vec::as_slice).collect();
        Batch::new(&windows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_separated_by_white_space() {
        assert_eq!(words_of(" I  am, é"), [1..2, 4..7, 8..10]);
    }
}
