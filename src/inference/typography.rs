//! Removes typography from a text: the same words give the same characters, whatever phone or editor they come from.
//!
//! Quotation marks, apostrophes, dashes, ellipses, ligatures, full-width forms, HTML entities, soft hyphens, invisible
//! characters, kinds of white space, line breaks and Unicode normal forms have no effect. Only for models whose
//! calling.json has `typography`; any other model reads the text as it is.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// The longest HTML entity that is decoded, with "&" and ";".
const LONGEST_ENTITY: usize = 33;

/// A text without typography, and where each of its bytes comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plain {
    /// Words and punctuation with single spaces between them; no line breaks.
    pub text: String,
    /// For each byte of `text`, the byte of the original text at which its character began; then the original's length.
    origins: Vec<usize>,
}

impl Plain {
    pub fn new(original: &str) -> Plain {
        let mut plain = Plain { text: String::with_capacity(original.len()), origins: Vec::new() };
        let mut at = 0;
        while let Some(rest) = original.get(at..).filter(|rest| !rest.is_empty()) {
            let length = match entity(rest) {
                Some((decoded, length)) => {
                    plain.push(&decoded, at);
                    length
                }
                None => {
                    let cluster = rest.graphemes(true).next().unwrap_or(rest);
                    plain.push(cluster, at);
                    cluster.len()
                }
            };
            at += length;
        }
        if plain.text.ends_with(' ') {
            plain.text.pop();
            plain.origins.pop();
        }
        plain.origins.push(original.len());
        plain
    }

    /// The bytes of the original text for these bytes of the plain text.
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        let origin = |at: usize| self.origins.get(at).or(self.origins.last()).copied().unwrap_or(0);
        origin(range.start)..origin(range.end)
    }

    fn push(&mut self, cluster: &str, origin: usize) {
        let replaced = cluster.chars().filter(|c| !is_invisible(*c)).map(plain_punctuation);
        for character in replaced.nfkc().map(plain_punctuation).filter(|c| !is_invisible(*c)) {
            match character {
                '\u{2014}' => self.push_dash(origin),
                '-' if self.text.ends_with('-') => {
                    self.text.pop();
                    self.origins.pop();
                    self.push_dash(origin);
                }
                // The second hyphen of a double one, after a dash was written with spaces.
                '-' if self.text.ends_with("- ") => {}
                c if c.is_whitespace() => self.push_space(origin),
                c => self.push_char(c, origin),
            }
        }
    }

    /// Writes a dash between spaces, whether it was typed as "—", "--" or " - ".
    fn push_dash(&mut self, origin: usize) {
        if self.text.ends_with("- ") {
            return;
        }
        self.push_space(origin);
        self.push_char('-', origin);
        self.push_space(origin);
    }

    fn push_space(&mut self, origin: usize) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.push_char(' ', origin);
        }
    }

    fn push_char(&mut self, character: char, origin: usize) {
        self.text.push(character);
        self.origins.extend(std::iter::repeat_n(origin, character.len_utf8()));
    }
}

/// The characters that an HTML entity at the start of a text stands for, and the entity's length.
fn entity(text: &str) -> Option<(String, usize)> {
    if !text.starts_with('&') {
        return None;
    }
    let end = text.bytes().take(LONGEST_ENTITY).position(|byte| byte == b';')? + 1;
    let written = text.get(..end)?;
    let decoded = html_escape::decode_html_entities(written);
    (decoded != written).then(|| (decoded.into_owned(), end))
}

/// The keyboard's character for a typographic one. A long dash stays one, because [`Plain::push`] puts it between
/// spaces.
fn plain_punctuation(character: char) -> char {
    match character {
        '\u{2018}'..='\u{201b}'
        | '\u{2032}'
        | '\u{2035}'
        | '\u{2b9}'
        | '\u{2bb}'
        | '\u{2bc}'
        | '\u{2bd}'
        | '\u{2039}'
        | '\u{203a}'
        | '\u{b4}'
        | '`' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{2036}' | '\u{ab}' | '\u{bb}' | '\u{300c}'..='\u{300f}' => {
            '"'
        }
        '\u{2010}'..='\u{2013}' | '\u{2043}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}' => '-',
        '\u{2015}' | '\u{2e3a}' | '\u{2e3b}' | '\u{fe58}' => '\u{2014}',
        character if character.is_whitespace() => ' ',
        character => character,
    }
}

/// Characters that are invisible in print: soft hyphens, zero-width and directional characters, variation selectors,
/// tags, fillers, and control characters other than white space.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
        || (character.is_control() && !character.is_whitespace())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(text: &str) -> String {
        Plain::new(text).text
    }

    #[test]
    fn typographic_twins_are_the_same_text() {
        let twins = [
            ("I don't mind", "I don\u{2019}t mind"),
            ("I don't mind", "I don&rsquo;t mind"),
            ("I don't mind", "I don&#8217;t&nbsp;mind"),
            ("\"Yes\", he said", "\u{201c}Yes\u{201d}, he said"),
            ("\"Yes\", he said", "\u{ab}Yes\u{bb}, he said"),
            ("tea - or coffee", "tea \u{2014} or coffee"),
            ("tea - or coffee", "tea\u{2014}or coffee"),
            ("tea--or coffee", "tea\u{2014}or coffee"),
            ("tea -- or coffee", "tea \u{2013} or coffee"),
            ("well-read", "well\u{2010}read"),
            ("well-read", "well\u{2011}read"),
            ("1990-1995", "1990\u{2013}1995"),
            ("wait...", "wait\u{2026}"),
            ("office", "o\u{fb03}ce"),
            ("wide", "\u{ff57}\u{ff49}\u{ff44}\u{ff45}"),
            ("cooperate", "co\u{ad}oper\u{200b}ate"),
            ("a b", "a\u{a0}b"),
            ("a b", "a\u{2009}\u{202f}b"),
            ("a b", "a\r\n\r\nb"),
            ("na\u{ef}ve", "nai\u{308}ve"),
            ("R&D", "R&amp;D"),
            ("good", "\u{feff}good\u{200d}"),
            ("ok", "o\u{fe0f}k\u{2060}"),
        ];
        for (typed, set) in twins {
            assert_eq!(plain(typed), plain(set), "{typed:?} {set:?}");
        }
    }

    #[test]
    fn words_and_plain_punctuation_stay() {
        for text in
            ["I am, I think; yes: (no)!", "5 < 6 & 7 > 2", "a-b", "- tea", "&unknown; stays", "家で本を読む"]
        {
            assert_eq!(plain(text), text);
        }
        assert_eq!(plain(" \n "), "");
    }

    #[test]
    fn a_range_leads_back_to_the_original() {
        let original = "I\u{a0}don\u{2019}t \u{2014} \u{201c}mind\u{201d}";
        let found = Plain::new(original);
        assert_eq!(found.text, "I don't - \"mind\"");
        let at = found.text.find("mind").unwrap();
        assert_eq!(&original[found.original(at..at + 4)], "mind");
        assert_eq!(found.original(0..found.text.len()), 0..original.len());
    }

    proptest! {
        #[test]
        fn plain_text_is_plain_already(text in "[^&]{0,80}") {
            let once = plain(&text);
            prop_assert_eq!(plain(&once), once);
        }

        #[test]
        fn every_range_lies_on_character_boundaries(text in "(?s).{0,60}|[-\u{2014} a&;'\u{2019}]{0,30}") {
            let found = Plain::new(&text);
            let mut last = 0;
            for (at, character) in found.text.char_indices() {
                let range = found.original(at..at + character.len_utf8());
                prop_assert!(range.start >= last && text.get(range.clone()).is_some(), "{:?}", range);
                last = range.start;
            }
        }
    }
}
