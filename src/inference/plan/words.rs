//! Words: which are common, which are about the writer, and which are random keystrokes.

use super::facts::IMPERSONAL;

/// An answer or a piece of free text with this many words counts as a full window.
const FULL_WINDOW: f64 = 12.0;
/// The most common English words without a topic of their own.
const FUNCTION_WORDS: [&str; 104] = [
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because",
    "been", "before", "being", "but", "by", "can", "could", "did", "do", "does", "down", "even", "for",
    "from", "had", "has", "have", "he", "her", "here", "him", "his", "how", "i", "i'd", "i'll", "i'm",
    "i've", "if", "in", "into", "is", "it", "it's", "its", "just", "me", "mine", "more", "most", "must",
    "my", "no", "not", "of", "off", "on", "only", "or", "our", "out", "over", "she", "should", "so", "some",
    "still", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "to",
    "too", "up", "us", "very", "was", "we", "were", "what", "when", "where", "which", "who", "why", "will",
    "with", "would", "you", "your", "don't", "didn't", "can't",
];

/// Words with which writers speak of themselves.
const PERSONAL: [&str; 11] = ["i", "i'm", "i've", "i'd", "i'll", "im", "ive", "me", "my", "mine", "myself"];

/// The rows of letters on a keyboard.
const KEYBOARD: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
/// Consonants in a row from which a word counts as random keystrokes. English words rarely have more than four.
const CONSONANTS: usize = 5;

pub(super) fn length_weight(words: usize) -> f64 {
    (words as f64 / FULL_WINDOW).min(1.0)
}

/// The weight of a window of free text in which `personal` of `sentences` are about the writer.
pub(super) fn personal_weight(personal: usize, sentences: usize) -> f64 {
    (personal as f64 / sentences.max(1) as f64).max(IMPERSONAL)
}

/// Whether a word in lower case is random keystrokes: Latin letters without a vowel, with many consonants in a row, or
/// with neighboring keys in a row. "y" counts as a vowel.
pub(super) fn is_noise(word: &str) -> bool {
    let letters = word.as_bytes();
    if letters.len() < 3 || !letters.iter().all(u8::is_ascii_lowercase) {
        return false;
    }
    let is_vowel = |letter: &u8| b"aeiouy".contains(letter);
    let consonants = letters.split(is_vowel).map(<[u8]>::len).max().unwrap_or(0);
    let one_key = letters.iter().all(|letter| *letter == letters[0]);
    let run = keyboard_run(word);
    one_key
        || consonants >= CONSONANTS
        || (consonants == letters.len() && letters.len() > 3)
        // As in "property" and "liberty".
        || (run >= 4 && !word.contains("erty"))
        || run == letters.len()
}

/// The longest run of neighboring keys in a word, in either direction.
fn keyboard_run(word: &str) -> usize {
    let place =
        |letter: char| KEYBOARD.iter().enumerate().find_map(|(row, keys)| Some((row, keys.find(letter)?)));
    let places: Vec<_> = word.chars().map(place).collect();
    let (mut longest, mut run, mut direction) = (1, 1, 0);
    for pair in places.windows(2) {
        let step = match pair {
            [Some((a, from)), Some((b, to))] if a == b && from.abs_diff(*to) == 1 => {
                if to > from {
                    1
                } else {
                    -1
                }
            }
            _ => 0,
        };
        run = if step != 0 && (step == direction || run == 1) { run + 1 } else { 1 + usize::from(step != 0) };
        direction = step;
        longest = longest.max(run);
    }
    longest
}

/// The words of a plain sentence in lower case: runs of letters and digits, with apostrophes inside.
pub(super) fn words(sentence: &str) -> Vec<String> {
    sentence
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .map(|word| word.trim_matches('\'').to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

pub(super) fn is_function_word(word: &str) -> bool {
    FUNCTION_WORDS.contains(&word)
}

pub(super) fn is_personal(word: &str) -> bool {
    PERSONAL.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_struck_at_random_are_told_from_words() {
        for noise in ["asdf", "jkl", "qwe", "sdfg", "lkjh", "fkdjsla", "xcvb", "aaa", "dfgdfg", "asdfasdf"] {
            assert!(is_noise(noise), "{noise}");
        }
        for word in [
            "i",
            "my",
            "tv",
            "were",
            "property",
            "strength",
            "rhythm",
            "hmm",
            "poetry",
            "straße",
            "привет",
            "r2d2",
        ] {
            assert!(!is_noise(word), "{word}");
        }
    }
}
