//! Cuts text into windows: which tokens the model reads together, and what share of the text they cover.
//!
//! Windows depend on the text and its token offsets alone. The form knows where each answer begins and the JSON
//! interface does not. Both cut at empty lines and sentences, so that the same text is read in the same way, and an
//! answer that two people share is the same window in both texts. Pure: no clock, no pool, no channel.

use std::collections::HashSet;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::models::Windows;

/// Groups a text's tokens into windows of at most `capacity` tokens, in the order of the text.
///
/// `offsets` are the bytes of `text` that each token stands for. `rated` are the sentences of the questionnaire's ratings.
/// The ranges returned are consecutive token ranges from 0 to `offsets.len()`: every token is in exactly one window.
///
/// - [`Windows::Packed`]: as many whole sentences as fit. A sentence longer than a window is cut at token boundaries into
///   full windows and a rest.
/// - [`Windows::Answer`]: a rated sentence is a window of its own. The rest of a paragraph, such as an open answer with its
///   lead-in, is one window if it fits, and otherwise windows of as many whole sentences as fit. A paragraph ends at an
///   empty line. A sentence longer than a window is cut into nearly equal parts, so that none is very short.
///
/// A text without tokens is one empty window, as the model's own tokenizer makes of it: the opening and closing tokens.
pub fn cut(
    text: &str,
    offsets: &[Range<usize>],
    rule: Windows,
    capacity: usize,
    rated: &HashSet<String>,
) -> Vec<Range<usize>> {
    let capacity = capacity.max(1);
    if offsets.is_empty() || (rule == Windows::Packed && offsets.len() <= capacity) {
        return std::iter::once(0..offsets.len()).collect();
    }
    match rule {
        Windows::Packed => pack(&token_sentences(text, offsets, &sentence_starts(text)), capacity),
        Windows::Answer => answers(text, offsets, capacity, rated),
    }
}

fn answers(
    text: &str,
    offsets: &[Range<usize>],
    capacity: usize,
    rated: &HashSet<String>,
) -> Vec<Range<usize>> {
    let paragraphs = paragraph_starts(text);
    // An empty line ends a sentence, whatever comes before it.
    let mut starts = sentence_starts(text);
    starts.extend(&paragraphs);
    starts.sort_unstable();
    starts.dedup();
    let mut windows = Vec::new();
    let mut open: Option<Range<usize>> = None;
    let mut paragraph = 0;
    for sentence in token_sentences(text, offsets, &starts) {
        let ends = paragraphs[paragraph..].iter().take_while(|start| **start <= sentence.start).count();
        paragraph += ends;
        let end = starts.get(sentence.number + 1).copied().unwrap_or(text.len());
        let alone = rated.contains(text[sentence.start..end].trim());
        let tokens = sentence.tokens;
        match &mut open {
            Some(open) if ends == 0 && !alone && tokens.end - open.start <= capacity => open.end = tokens.end,
            _ => {
                windows.extend(open.take());
                if alone || tokens.len() > capacity {
                    windows.extend(split_evenly(tokens, capacity));
                } else {
                    open = Some(tokens);
                }
            }
        }
    }
    windows.extend(open);
    windows
}

fn pack(sentences: &[Sentence], capacity: usize) -> Vec<Range<usize>> {
    let mut windows = Vec::new();
    let mut open = 0..0;
    for Sentence { tokens: sentence, .. } in sentences {
        if sentence.end - open.start > capacity {
            if !open.is_empty() {
                windows.push(open.clone());
            }
            open = sentence.start..sentence.start;
            while sentence.end - open.start > capacity {
                windows.push(open.start..open.start + capacity);
                open = open.start + capacity..open.start + capacity;
            }
        }
        open.end = sentence.end;
    }
    if !open.is_empty() {
        windows.push(open);
    }
    windows
}

pub(super) fn split_evenly(tokens: Range<usize>, capacity: usize) -> impl Iterator<Item = Range<usize>> {
    let (start, count) = (tokens.start, tokens.len());
    let parts = count.div_ceil(capacity);
    (0..parts).map(move |i| start + i * count / parts..start + (i + 1) * count / parts)
}

/// A sentence with at least one token.
pub(super) struct Sentence {
    pub(super) tokens: Range<usize>,
    /// Its index among all sentences, including those without tokens.
    pub(super) number: usize,
    /// Its first byte.
    pub(super) start: usize,
}

/// The sentences that begin at `starts` and have tokens. A token belongs to the sentence of its first visible byte, since
/// SentencePiece counts the space before a word as part of the word.
pub(super) fn token_sentences(text: &str, offsets: &[Range<usize>], starts: &[usize]) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    let (mut first, mut current) = (0, 0);
    let sentence = |tokens: Range<usize>, number: usize| {
        let start = starts.get(number).copied().unwrap_or(0);
        Sentence { tokens, number, start }
    };
    for (token, bytes) in offsets.iter().enumerate() {
        let visible = match text.get(bytes.clone()) {
            Some(piece) => bytes.start + (piece.len() - piece.trim_start().len()),
            None => bytes.start,
        };
        let before = current;
        while starts.get(current + 1).is_some_and(|&next| next <= visible) {
            current += 1;
        }
        if current != before && token > first {
            sentences.push(sentence(first..token, before));
            first = token;
        }
    }
    if first < offsets.len() {
        sentences.push(sentence(first..offsets.len(), current));
    }
    sentences
}

/// Where each paragraph after the first begins (bytes, ascending): after white space that contains an empty line.
fn paragraph_starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let (mut breaks, mut after_return) = (0, false);
    for (at, character) in text.char_indices() {
        if !character.is_whitespace() {
            if breaks > 1 {
                starts.push(at);
            }
            breaks = 0;
        } else if matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}') {
            // A carriage return and line feed are one line break.
            breaks += usize::from(!(after_return && character == '\n'));
        }
        after_return = character == '\r';
    }
    starts
}

/// A run of this many characters without a letter or digit ends a sentence.
const LONGEST_PAUSE: usize = 32;

/// Where each sentence begins (bytes, ascending, the first at 0 unless the text is empty), by Unicode's rules (UAX #29).
///
/// The segmenter looks ahead from every space and bracket after a full stop, which takes time quadratic in their number:
/// 64,000 spaces took it 22 seconds. It is therefore given the text in pieces with at most [`LONGEST_PAUSE`] such
/// characters in a row.
pub(super) fn sentence_starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let (mut piece, mut piece_end, mut pause) = (0, None, 0);
    let mut segment = |from: usize, to: usize| {
        starts.extend(text[from..to].split_sentence_bound_indices().map(|(at, _)| from + at));
    };
    for (at, character) in text.char_indices() {
        if !character.is_alphanumeric() {
            if pause == LONGEST_PAUSE && piece_end.is_none() {
                piece_end = Some(at);
            }
            pause += 1;
            continue;
        }
        pause = 0;
        if let Some(end) = piece_end.take() {
            segment(piece, end);
            piece = at;
        }
    }
    segment(piece, piece_end.unwrap_or(text.len()));
    starts
}

/// The share of a text's visible characters that the tokens with these offsets stand for, 0 to 1.
///
/// Counted in grapheme clusters (what a reader calls a character), so that an accent that the tokenizer folds into its
/// letter does not count as unread. White space, control and zero-width characters are not counted. The share of a text
/// without visible characters is 1.
pub fn share_read<'a>(text: &str, offsets: impl IntoIterator<Item = &'a Range<usize>>) -> f64 {
    let mut held = vec![false; text.len()];
    for bytes in offsets {
        if let Some(held) = held.get_mut(bytes.start..bytes.end.min(text.len())) {
            held.fill(true);
        }
    }
    let (mut visible, mut read) = (0u64, 0u64);
    for (at, cluster) in text.grapheme_indices(true) {
        if cluster.chars().all(is_blank) {
            continue;
        }
        visible += 1;
        read += u64::from(held[at..at + cluster.len()].contains(&true));
    }
    if visible == 0 { 1.0 } else { read as f64 / visible as f64 }
}

fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(character, '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// The smallest number of bytes in a step of [`encoding_steps`], apart from the last: far more than one window, and a
/// few milliseconds of tokenizing.
pub const ENCODING_STEP: usize = 16 * 1024;

/// The pieces (byte ranges) in which a long text is tokenized, so that other texts get their turn in between.
///
/// A piece ends only before white space and the next begins only after it. Word pieces never span white space, so the
/// ids of all pieces are those of the whole text. A text of up to [`ENCODING_STEP`] bytes is one piece.
pub fn encoding_steps(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut steps = Vec::new();
    let mut start = 0;
    while text.len() - start > ENCODING_STEP {
        let from = start + ENCODING_STEP;
        let Some(space) = bytes[from..].iter().position(u8::is_ascii_whitespace) else { break };
        let end = from + space;
        let Some(next) = bytes[end..].iter().position(|b| !b.is_ascii_whitespace()) else { break };
        steps.push(start..end);
        start = end + next;
    }
    steps.push(start..text.len());
    steps
}

#[cfg(test)]
mod tests;
