//! Masks what could identify a person in an answer: names, addresses, links and numbers. Pure.
//!
//! It rather masks too much: inside a sentence every capitalized word, and at its beginning every one that is not common. A name
//! in small letters is found only where the words before it announce one.

use super::mending::{is_known, plain};

const NAME: &str = "[name]";
const ADDRESS: &str = "[address]";
const LINK: &str = "[link]";
const NUMBER: &str = "[number]";

/// Words of the list of common words that are first names too.
const ALSO_NAMES: [&str; 12] =
    ["dan", "sam", "ben", "van", "will", "may", "rad", "con", "den", "mai", "em", "hope"];
/// Capitalized in English, and no names.
const CALENDAR: [&str; 13] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "september",
    "october",
    "november",
    "december",
];
/// Words that a name may follow.
const ANNOUNCE: [&str; 26] = [
    "named",
    "called",
    "friend",
    "brother",
    "sister",
    "husband",
    "wife",
    "boyfriend",
    "girlfriend",
    "partner",
    "son",
    "daughter",
    "cousin",
    "uncle",
    "aunt",
    "boss",
    "colleague",
    "coworker",
    "neighbor",
    "neighbour",
    "teacher",
    "dog",
    "cat",
    "mr",
    "mrs",
    "dr",
];

/// The answer with what could identify a person masked. `None` if it is in a script without capitals, where names cannot be found.
pub fn masked(answer: &str) -> Option<String> {
    let caseless = |c: char| c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase();
    if answer.chars().any(caseless) {
        return None;
    }
    let mut masked = String::with_capacity(answer.len());
    let (mut begins, mut announced, mut before) = (true, false, String::new());
    for token in answer.split_inclusive(char::is_whitespace) {
        let word = token.trim_end();
        let core = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '@');
        let simple = plain(core);
        match kind(word, core, &simple, begins, announced) {
            Some(mask) => masked.push_str(&token.replacen(core, mask, 1)),
            None => masked.push_str(token),
        }
        if core.is_empty() {
            begins |= token.contains('\n');
            continue;
        }
        begins = word.ends_with(['.', '!', '?', ':', '…']) || token.contains('\n');
        announced = ANNOUNCE.contains(&simple.as_str()) || simple == "is" && before == "name";
        before = simple;
    }
    Some(masked)
}

/// What a word is replaced by.
fn kind(word: &str, core: &str, simple: &str, begins: bool, announced: bool) -> Option<&'static str> {
    if core.is_empty() {
        return None;
    }
    if core.contains('@') {
        return Some(if core.starts_with('@') { NAME } else { ADDRESS });
    }
    if is_link(word, core) {
        return Some(LINK);
    }
    if core.chars().any(char::is_numeric) {
        return Some(NUMBER);
    }
    if simple == "i" || simple.starts_with("i'") || CALENDAR.contains(&simple) {
        return None;
    }
    let common = is_known(simple) && !ALSO_NAMES.contains(&simple);
    let capital = core.chars().any(char::is_uppercase);
    // Common words in capitals are emphasized.
    let emphasized = core.chars().count() > 1 && !core.chars().any(char::is_lowercase);
    let is_name = if capital { !(common && (begins || emphasized)) } else { announced && !common };
    is_name.then_some(NAME)
}

/// "https://example.org/a", "www.example.org", "example.org/a".
fn is_link(word: &str, core: &str) -> bool {
    let host = core.split(['/', '?', '#']).next().unwrap_or_default();
    let labels: Vec<&str> = host.split('.').collect();
    let domain = labels.len() > 1
        && labels
            .iter()
            .all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'))
        && labels.last().is_some_and(|last| last.len() > 1 && last.chars().all(char::is_alphabetic));
    word.contains("://") || core.to_lowercase().starts_with("www.") || domain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(answer: &str) -> String {
        masked(answer).unwrap()
    }

    #[test]
    fn names_addresses_links_and_numbers_are_masked() {
        for (answer, expected) in [
            ("We end up at Marco's place.", "We end up at [name] place."),
            ("Marco and I went. Dan stayed home.", "[name] and I went. [name] stayed home."),
            ("Write to jo.doe+x@mail.example.org, or @jodoe!", "Write to [address], or [name]!"),
            // Not among the common words, so it may be a name.
            ("Gardening helps.", "[name] helps."),
            ("See https://example.org/jo?x=1 (or example.org/jo).", "See [link] (or [link])."),
            ("call 555-0134 or +44 20 7946 0018", "call [number] or +[number] [number] [number] [number]"),
            ("I live at 12b Elm Street.", "I live at [number] [name] [name]."),
            ("my name is marco", "my name is [name]"),
            ("my friend marco helps me", "my friend [name] helps me"),
            ("I think Mary-Ann O'Neil is KIND", "I think [name] [name] is KIND"),
        ] {
            assert_eq!(of(answer), expected, "{answer}");
        }
    }

    #[test]
    fn common_words_stay_as_they_are_with_their_spaces() {
        for answer in [
            "The house was quiet.\n\nWe talked  until morning. I’m happy, and I'd go again on Monday.",
            "When my sister called, I listened.",
            "It was NOT easy: my friend and I worked all day…",
            "- tea\n- books\n",
            "",
        ] {
            assert_eq!(of(answer), answer);
        }
    }

    #[test]
    fn an_answer_in_a_script_without_capitals_is_left_out() {
        for answer in ["静かな朝が好きです", "I like 静か mornings", "أحب الصباح"] {
            assert_eq!(masked(answer), None, "{answer}");
        }
        assert_eq!(of("Я люблю Анну."), "[name] люблю [name].");
    }
}
