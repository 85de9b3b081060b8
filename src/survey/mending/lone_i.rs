//! Capitalizes the English pronoun "i", but not the letter, the numeral, the loop variable or another language's word.
//!
//! An earlier version also listed the verbs after "I" and the words before it. On our samples of 18 languages the share
//! of known words works as well.

use super::language::{Evidence, evidence, is_known, plain};

/// After these words "i" is the letter.
const BEFORE_LETTER: [&str; 7] = ["the", "a", "an", "every", "each", "letter", "vitamin"];

/// Between these words "i" is a numeral or a loop variable: "part i of", "for i in". In "the part i liked" it is the
/// pronoun.
const BEFORE_NUMERAL: &str = "part chapter volume act phase type class level world war king queen henry pope charles \
    napoleon book section appendix figure article for";
const AFTER_NUMERAL: [&str; 9] = ["", "and", "or", "of", "in", "to", "is", "was", "has"];

/// The line with its pronouns capitalized, if the line is English.
pub(super) fn capitalize_i(line: &str) -> String {
    if line.contains('`') || evidence(line) != Evidence::English {
        return line.to_owned();
    }
    let tokens: Vec<&str> = line.split(' ').collect();
    let words: Vec<String> = tokens.iter().map(|token| plain(token)).collect();
    let others = || words.iter().filter(|word| !word.is_empty() && *word != "i");
    let mostly_known = 5 * others().filter(|word| is_known(word)).count() >= 2 * others().count();
    let word = |index: Option<usize>| index.and_then(|index| words.get(index)).map_or("", String::as_str);
    let pronoun = |(index, token): (usize, &&str)| match lone_i(token) {
        None => false,
        Some(Lone::Contraction) => true,
        Some(Lone::Word { ends_clause }) => {
            let (before, after) = (word(index.checked_sub(1)), word(index.checked_add(1)));
            let alone = index == 0 && (ends_clause || tokens.len() == 1);
            let letter = alone || BEFORE_LETTER.contains(&before);
            let numeral = AFTER_NUMERAL.contains(&after)
                && BEFORE_NUMERAL.split_whitespace().any(|listed| listed == before);
            !letter && !numeral && (mostly_known || is_known(after))
        }
    };
    let capitalized = tokens.iter().enumerate().map(|(index, token)| {
        if pronoun((index, token)) { token.replacen('i', "I", 1) } else { (*token).to_owned() }
    });
    capitalized.collect::<Vec<_>>().join(" ")
}

enum Lone {
    /// "i'm", "i've", "i'd", "i'll".
    Contraction,
    /// "i", perhaps followed by punctuation that ends a clause.
    Word { ends_clause: bool },
}

/// Whether the token is "i" or a contraction of it, with an opening quote or dash before it and punctuation after it.
fn lone_i(token: &str) -> Option<Lone> {
    let bare = token.trim_start_matches(['"', '“', '‘', '\'', '—', '–']);
    let rest = bare.strip_prefix('i')?.replace('’', "'");
    match rest.trim_end_matches([',', '.', '!', '?', ';', ':', '"', '”']) {
        "'m" | "'ve" | "'d" | "'ll" => Some(Lone::Contraction),
        "" if rest.is_empty() => Some(Lone::Word { ends_clause: false }),
        // "i:" and "i;" may be code.
        "" if matches!(rest.as_str(), "," | "?" | "!" | ".") => Some(Lone::Word { ends_clause: true }),
        _ => None,
    }
}
