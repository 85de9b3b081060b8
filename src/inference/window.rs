//! Text to windows: which tokens stand together in one pass of the model, and what share of the text they hold.
//!
//! Everything is derived from the text and its token offsets alone. The form knows where each answer begins and the API
//! does not; cutting at empty lines and sentences in both cases is what makes them read the same text alike, and what
//! makes an answer that two people share the same window in both their texts. Pure: no clock, no pool, no channel.

use std::collections::HashSet;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::models::Windows;

/// Groups a text's tokens into windows of at most `capacity` tokens, in the order of the text.
///
/// `offsets` are the bytes of `text` that each token stands for. `rated` are sentences that stand alone wherever they
/// are, when windows are answers: those of the questionnaire's ratings. The ranges returned are token ranges that follow
/// one another from 0 to `offsets.len()`: every token stands in exactly one window.
///
/// - [`Windows::Packed`]: whole sentences, filled up to `capacity`. A sentence longer than a window is cut at token
///   boundaries, each piece but the last full.
/// - [`Windows::Answer`]: a rated sentence is a window of its own. What else stands in a paragraph, such as an open answer
///   with its lead-in, is one window as far as it fits, and whole sentences filled up to `capacity` where it does not. A
///   paragraph ends at an empty line. A sentence longer than a window is cut in nearly equal parts, so that none is a stump.
///
/// A text without tokens is one empty window, which is what the model's own tokenizer makes of it: its opening and
/// closing tokens.
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
    // An empty line ends a sentence as well, whatever stands before it.
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

fn split_evenly(tokens: Range<usize>, capacity: usize) -> impl Iterator<Item = Range<usize>> {
    let (start, count) = (tokens.start, tokens.len());
    let parts = count.div_ceil(capacity);
    (0..parts).map(move |i| start + i * count / parts..start + (i + 1) * count / parts)
}

/// A sentence that has tokens.
struct Sentence {
    tokens: Range<usize>,
    /// Which of the sentences it is, those without tokens counted.
    number: usize,
    /// Its first byte.
    start: usize,
}

/// The sentences that begin at `starts`, those that have tokens. A token belongs to the sentence of its first visible
/// byte: SentencePiece counts the space before a word as part of it.
fn token_sentences(text: &str, offsets: &[Range<usize>], starts: &[usize]) -> Vec<Sentence> {
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

/// Where the paragraphs after the first begin (bytes, ascending): at what follows white space with an empty line in it.
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
            // A carriage return and a line feed are one break.
            breaks += usize::from(!(after_return && character == '\n'));
        }
        after_return = character == '\r';
    }
    starts
}

/// This many characters in a row without a letter or digit end a sentence whatever they are.
const LONGEST_PAUSE: usize = 32;

/// Where each sentence of the text begins (bytes, ascending, the first at 0 unless the text is empty), by Unicode's rules
/// (UAX #29).
///
/// The segmenter looks ahead from every space and bracket after a full stop, which takes time quadratic in their number:
/// 64,000 spaces held it for 22 seconds. So it is shown the text in stretches whose pauses are bounded.
fn sentence_starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let (mut stretch, mut shown_to, mut pause) = (0, None, 0);
    let mut show = |from: usize, to: usize| {
        starts.extend(text[from..to].split_sentence_bound_indices().map(|(at, _)| from + at));
    };
    for (at, character) in text.char_indices() {
        if !character.is_alphanumeric() {
            if pause == LONGEST_PAUSE && shown_to.is_none() {
                shown_to = Some(at);
            }
            pause += 1;
            continue;
        }
        pause = 0;
        if let Some(end) = shown_to.take() {
            show(stretch, end);
            stretch = at;
        }
    }
    show(stretch, shown_to.unwrap_or(text.len()));
    starts
}

/// The share of a text's visible characters that the tokens with these offsets stand for, 0 to 1.
///
/// Counted in grapheme clusters (what a reader calls a character), so that an accent or a variation selector which the
/// tokenizer folds into its letter is not missed. White space, control and zero-width characters say nothing and are not
/// counted. Of a text without visible characters nothing was left out: 1.
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

/// The least a step of [`encoding_steps`] holds, in bytes, unless the text ends: far more than one window, and a few
/// milliseconds of a tokenizer's time.
pub const ENCODING_STEP: usize = 16 * 1024;

/// The pieces (bytes) in which a long text is tokenized, so that others get their turn in between.
///
/// A piece ends only before white space and the next begins only after it: word pieces never span white space, so the ids
/// of the pieces put together are those of the whole text. Up to [`ENCODING_STEP`] bytes it is one piece, as it is.
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
