//! Texts with known windows, and random texts.

// One window is a list of one range.
#![allow(clippy::single_range_in_vec_init)]

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// The engine's call with a questionnaire of two sentences.
fn cut(text: &str, offsets: &[Range<usize>], rule: Windows, capacity: usize) -> Vec<Range<usize>> {
    let rated = ["I like tea.", "I seldom sleep well."].map(str::to_owned).into();
    super::cut(text, offsets, rule, capacity, &rated)
}

/// The text of each window, with words as tokens.
fn answers(text: &str, capacity: usize) -> Vec<&str> {
    let tokens = words(text);
    let bytes = |w: Range<usize>| tokens[w.start].start..tokens[w.end - 1].end;
    cut(text, &tokens, Windows::Answer, capacity).into_iter().map(|w| &text[bytes(w)]).collect()
}

fn words(text: &str) -> Vec<Range<usize>> {
    let base = text.as_ptr() as usize;
    text.split_whitespace()
        .map(|word| {
            let start = word.as_ptr() as usize - base;
            start..start + word.len()
        })
        .collect()
}

fn sentences(text: &str) -> Vec<&str> {
    let starts = sentence_starts(text);
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(start, end)| text[*start..end].trim()).collect()
}

#[test]
fn a_text_that_fits_is_one_window_when_packed() {
    let text = "One two. Three four five.";
    assert_eq!(cut(text, &words(text), Windows::Packed, 5), [0..5]);
    assert_eq!(cut(text, &words(text), Windows::Packed, 4), [0..2, 2..5]);
    assert_eq!(cut(text, &words(text), Windows::Answer, 5), [0..5]);
    assert_eq!(cut(text, &words(text), Windows::Answer, 4), [0..2, 2..5]);
}

#[test]
fn a_rated_sentence_stands_alone_and_a_paragraph_together() {
    let text = "I like tea. I seldom sleep well. I like tea.\n\nThis is my day: Up early. Then work.\nHome. \r\n \t\r\n\
                Last. I like tea. But not always.";
    assert_eq!(
        answers(text, 20),
        [
            "I like tea.",
            "I seldom sleep well.",
            "I like tea.",
            "This is my day: Up early. Then work.\nHome.",
            "Last.",
            "I like tea.",
            "But not always."
        ]
    );
    // Inside a longer sentence it is not a rating.
    assert_eq!(answers("Well: I like tea. So.", 20), ["Well: I like tea. So."]);
    assert_eq!(answers("A line.\nAnother.\r\nA third.", 20), ["A line.\nAnother.\r\nA third."]);
}

#[test]
fn a_long_paragraph_is_cut_between_sentences() {
    assert_eq!(
        answers("One two. Three four. Five. Six.\n\nSeven.", 5),
        ["One two. Three four. Five.", "Six.", "Seven."]
    );
}

#[test]
fn an_empty_line_ends_a_sentence_whatever_surrounds_it() {
    let text = format!("one{}\u{201c}two", "\n".repeat(60));
    assert_eq!(answers(&text, 9), ["one", "\u{201c}two"]);
}

#[test]
fn a_long_sentence_fills_windows_when_packed_and_is_cut_evenly_when_not() {
    let text = "Ab cd. A b c d e f g h i j k. Last one.";
    assert_eq!(cut(text, &words(text), Windows::Packed, 5), [0..2, 2..7, 7..12, 12..15]);
    assert_eq!(cut(text, &words(text), Windows::Answer, 5), [0..2, 2..5, 5..9, 9..13, 13..15]);
}

#[test]
fn a_text_without_tokens_is_one_empty_window() {
    for rule in [Windows::Packed, Windows::Answer] {
        assert_eq!(cut("", &[], rule, 5), [0..0]);
        assert_eq!(cut("\u{1}", &[], rule, 5), [0..0]);
    }
}

#[test]
fn a_space_that_sentencepiece_counts_as_part_of_a_word_does_not_move_the_cut() {
    let text = "One two. Three.";
    assert_eq!(cut(text, &[0..3, 3..7, 7..8, 8..14, 14..15], Windows::Answer, 3), [0..3, 3..5]);
    // A token of only a space belongs to what follows.
    assert_eq!(cut(text, &[0..3, 3..7, 7..8, 8..9, 9..15], Windows::Answer, 4), [0..3, 3..5]);
}

#[test]
fn sentences_end_where_people_end_them() {
    assert_eq!(
        sentences("I said no! (He left.) \"Why? Tell me.\" Fine"),
        ["I said no!", "(He left.)", "\"Why?", "Tell me.\"", "Fine"]
    );
    assert_eq!(
        sentences("It costs 3.50 e.g. today. On\nits own line"),
        ["It costs 3.50 e.g. today.", "On", "its own line"]
    );
    assert_eq!(sentences("你好。我很好。"), ["你好。", "我很好。"]);
    assert_eq!(sentences(""), [""; 0]);
}

#[test]
fn long_pauses_take_no_longer_than_words() {
    for filler in [" ", ")", ". ", ".)", " \u{301}", "\u{a0}", ".\u{93e}", "1 ", ". 1", "\n"] {
        let text = format!("A. {}B. c", filler.repeat(200_000 / filler.len()));
        let start = Instant::now();
        let starts = sentence_starts(&text);
        let windows = cut(&text, &words(&text), Windows::Answer, 128);
        assert_eq!(windows.iter().map(ExactSizeIterator::len).sum::<usize>(), words(&text).len());
        assert!(start.elapsed() < Duration::from_secs(10), "{filler:?}: {:?}", start.elapsed());
        assert!(starts.is_sorted() && starts[0] == 0);
    }
    let text = format!("One two.{}Three four.{}five", " ".repeat(500), "!".repeat(500));
    assert_eq!(sentences(&text).len(), 3);
}

#[test]
fn the_share_counts_the_visible_characters_in_windows() {
    let text = "ab cd\u{301} \u{200b}e❤\u{fe0f}!";
    assert_eq!(share_read(text, &words(text)), 1.0);
    // An accent counts with its letter and a variation selector with its heart: a, b, c, d́, e, ❤, ! are seven.
    assert_eq!(share_read(text, &[0..2, 3..5, 11..15, 18..19]), 1.0);
    assert_eq!(share_read(text, &[0..2]), 2.0 / 7.0);
    assert_eq!(share_read("", &[]), 1.0);
    assert_eq!(share_read(" \n\u{feff}", &[]), 1.0);
    assert_eq!(share_read("ab", &[]), 0.0);
    assert_eq!(share_read("ab", &[0..9]), 1.0);
}

#[test]
fn a_text_without_white_space_is_one_step() {
    let text = "x".repeat(3 * ENCODING_STEP);
    assert_eq!(encoding_steps(&text), std::iter::once(0..text.len()).collect::<Vec<_>>());
    let padded = format!("{text}{}", " ".repeat(40));
    assert_eq!(encoding_steps(&padded), std::iter::once(0..padded.len()).collect::<Vec<_>>());
}

proptest! {
    #[test]
    fn windows_hold_every_token_once(text in r"([A-Za-z]{1,3}[.!?]?( |\n|\n\n)|I like tea\. ){0,60}\PC{0,20}", capacity in 1usize..12) {
        let tokens = words(&text);
        let sentence_starts = sentence_starts(&text);
        let paragraph_starts = paragraph_starts(&text);
        let starts = &sentence_starts;
        let paragraph = |t: usize| paragraph_starts.partition_point(|start| *start <= tokens[t].start);
        let sentence = |t: usize| starts.partition_point(|start| *start <= tokens[t].start);
        for rule in [Windows::Packed, Windows::Answer] {
            let windows = cut(&text, &tokens, rule, capacity);
            prop_assert_eq!((windows[0].start, windows[windows.len() - 1].end), (0, tokens.len()));
            prop_assert!(windows.windows(2).all(|pair| pair[0].end == pair[1].start));
            prop_assert!(tokens.is_empty() || windows.iter().all(|w| (1..=capacity).contains(&w.len())));
            prop_assert_eq!(share_read(&text, windows.iter().flat_map(|w| &tokens[w.clone()])), 1.0);
            for w in windows.iter().filter(|w| w.end < tokens.len()) {
                let next = (w.end..tokens.len()).take_while(|t| sentence(*t) == sentence(w.end)).count();
                let inside = sentence(w.end) == sentence(w.end - 1);
                let whole = (0..tokens.len()).filter(|t| sentence(*t) == sentence(w.end)).count();
                match rule {
                    // Cut inside a sentence only if no window could hold it; between two only if the next does not fit.
                    Windows::Packed if inside => prop_assert!(whole > capacity && w.len() == capacity),
                    Windows::Packed => prop_assert!(w.len() + next > capacity),
                    Windows::Answer if inside => prop_assert!(whole > capacity),
                    // Between two sentences of a paragraph only if the next does not fit or one of them is a rating.
                    Windows::Answer => {
                        let one = |w: &Range<usize>| {
                            let bytes = tokens[w.start].start..tokens[w.end - 1].end;
                            text[bytes].trim() == "I like tea."
                        };
                        let next_window = &windows[windows.partition_point(|other| other.start < w.end)];
                        let parts = (0..tokens.len()).filter(|t| sentence(*t) == sentence(w.start)).count() > capacity;
                        prop_assert!(
                            paragraph(w.end) != paragraph(w.end - 1)
                                || w.len() + next > capacity || one(w) || one(next_window) || parts
                        );
                    }
                }
            }
            if rule == Windows::Answer {
                prop_assert!(windows.iter().all(|w| w.is_empty() || paragraph(w.start) == paragraph(w.end - 1)));
            }
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_steps_together_are_the_whole_text(words_in in prop::collection::vec(r"\S{1,9}[ \n\u{3000}]{1,3}", 0..9000)) {
        let text = words_in.concat();
        let steps = encoding_steps(&text);
        let whole: Vec<&str> = text.split_whitespace().collect();
        let pieces: Vec<&str> = steps.iter().flat_map(|s| text[s.clone()].split_whitespace()).collect();
        prop_assert_eq!(whole, pieces);
        for pair in steps.windows(2) {
            prop_assert!(pair[0].len() >= ENCODING_STEP && pair[0].len() < ENCODING_STEP + 200);
            prop_assert!(text[pair[0].end..pair[1].start].chars().all(|c| c.is_ascii_whitespace()));
            prop_assert!(pair[0].end < pair[1].start);
        }
    }
}
