//! Token states averaged word by word, so that models with different tokenizers can be compared.

use std::ops::Range;

use candle_core::{Device, Tensor};

use crate::learning::LearningError;
use crate::learning::transformer::Batch;
use crate::models::Tokenizer;

/// A text's words for both tokenizers: what is between white space, by byte ranges.
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

/// Windows of several texts for one tokenizer, and the matrices that average their tokens word by word.
pub struct Pooled {
    windows: Vec<Vec<u32>>,
    /// For each text, each token's word (0 is the opening special token), if it belongs to one.
    word_of: Vec<Vec<Option<usize>>>,
}

pub fn pooled(tokenizer: &Tokenizer, texts: &[String]) -> Result<Pooled, LearningError> {
    let mut out = Pooled { windows: Vec::new(), word_of: Vec::new() };
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

impl Pooled {
    /// (texts, words, tokens): each row averages the tokens of a word; rows of zeros for words a text does not have.
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

    pub fn batch(&self, padding: u32) -> Result<Batch, LearningError> {
        let windows: Vec<&[u32]> = self.windows.iter().map(Vec::as_slice).collect();
        Batch::new(&windows, padding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_stands_between_spaces() {
        assert_eq!(words_of(" I  am, é"), [1..2, 4..7, 8..10]);
    }
}
