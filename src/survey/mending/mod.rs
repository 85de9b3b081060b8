//! Small corrections to an open answer: spaces, the pronoun "i", the first capital, the final period.
//!
//! Words never change, and other languages only lose stray spaces. In doubtful cases nothing is corrected, since an
//! uncorrected answer still reads well after its lead-in.

mod language;
mod lone_i;

pub(super) use language::is_latin;
use language::{Evidence, evidence};
pub(super) use language::{is_known, plain};
use lone_i::capitalize_i;

/// Corrects the answer:
///
/// - White space around the answer and at line ends is removed, runs of spaces and tabs become one space, and several
///   empty lines become one. Code and columns keep their spaces.
/// - In English: no space before a comma or period; "i", "i'm", "i've", "i'd" and "i'll" are capitalized.
/// - In English, and in a few words of unclear language: a capital at the start, a period at the end.
///
/// Addresses, code, lists, emoji, abbreviations and Roman numerals stay unchanged. The function is idempotent.
pub(super) fn mend(answer: &str) -> String {
    let answer = answer.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'));
    if is_preformatted(answer) {
        return answer.to_owned();
    }
    let spaced = stray_spaces(answer);
    let evidence = evidence(&spaced);
    if evidence == Evidence::Other {
        return spaced;
    }
    let mut mended = spaced;
    if evidence == Evidence::English {
        mended = mended
            .split('\n')
            .map(|line| capitalize_i(&no_space_before_stop(line)))
            .collect::<Vec<_>>()
            .join("\n");
    }
    period(&capital(&mended))
}

/// Whether the answer has code or columns: a fence, an indent of four spaces or a tab, or a line that ends in a brace or
/// semicolon.
fn is_preformatted(answer: &str) -> bool {
    answer.contains("```")
        || answer.lines().any(|line| {
            let end = line.trim_end();
            line.starts_with("    ")
                || line.starts_with('\t')
                || end.ends_with(['{', '}', ';'])
                || end.contains("()")
        })
}

fn stray_spaces(answer: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in answer.split('\n') {
        let line = line.trim_end();
        let indent = line.len() - line.trim_start_matches(' ').len();
        if line.is_empty() && lines.last().is_some_and(String::is_empty) {
            continue;
        }
        let mut spaced = line[..indent].to_owned();
        let mut after_space = true;
        for c in line[indent..].chars() {
            let space = matches!(c, ' ' | '\t');
            match (space, after_space) {
                (true, true) => {}
                (true, false) => spaced.push(' '),
                (false, _) => spaced.push(c),
            }
            after_space = space;
        }
        lines.push(spaced);
    }
    lines.join("\n")
}

/// "tea , then" to "tea, then". Leaves ".5" and " ..." alone.
fn no_space_before_stop(line: &str) -> String {
    let chars: Vec<char> = line.chars().collect();
    let mut kept = String::with_capacity(line.len());
    for (index, &c) in chars.iter().enumerate() {
        let stray = c == ' '
            && index > 0
            && chars[index - 1].is_alphabetic()
            && matches!(chars.get(index + 1), Some(',' | '.'))
            && chars.get(index + 2).is_none_or(|next| next.is_whitespace());
        if !stray {
            kept.push(c);
        }
    }
    kept
}

/// Capitalizes the first word, unless it is an address, has capitals already, or begins a list.
fn capital(answer: &str) -> String {
    let quotes = answer.len() - answer.trim_start_matches(['"', '“', '‘', '\'', '(', '«']).len();
    let (opening, rest) = answer.split_at(quotes);
    let first = rest.split_whitespace().next().unwrap_or_default();
    let word = first.trim_end_matches([',', '.', '!', '?', ';', ':', '"', '”', '’', ')']);
    let ordinary = word.chars().all(|c| is_latin(c) || matches!(c, '\'' | '’' | '-')) && !word.is_empty();
    let own_spelling = word.chars().any(char::is_uppercase);
    let Some(letter) = rest.chars().next() else { return answer.to_owned() };
    // In Turkish the capital of "i" is "İ", so the word must be known as English. A lone "i" is handled elsewhere.
    let dotted = letter == 'i' && !is_known(&plain(word));
    if !ordinary || own_spelling || dotted || word.starts_with("i-") || !letter.is_lowercase() {
        return answer.to_owned();
    }
    let mut upper = letter.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => format!("{opening}{upper}{}", &rest[letter.len_utf8()..]),
        _ => answer.to_owned(),
    }
}

/// Adds a period, unless the answer ends with punctuation of any script, an address, an emoji, a list or code.
fn period(answer: &str) -> String {
    let line = answer.rsplit('\n').next().unwrap_or_default().trim_start();
    let token = line.rsplit(char::is_whitespace).next().unwrap_or_default();
    let inner = answer.trim_end_matches(['"', '”', '’', '\'', ')', ']', '»', '*', '_']);
    let closers = &answer[inner.len()..];
    let Some(last) = inner.chars().next_back() else { return answer.to_owned() };
    let ends_in_word = (last.is_alphanumeric() && (is_latin(last) || last.is_ascii_digit()))
        || matches!(last, '%' | '°' | '€');
    let address = ["://", "www.", "@", "`", "#", "\\", "_"].iter().any(|mark| token.contains(mark));
    let emoticon = token.starts_with([':', ';', '=', '<', '^']) || matches!(token, "xD" | "XD");
    if !ends_in_word || address || emoticon || is_list_line(line) {
        return answer.to_owned();
    }
    // American English puts the period inside closing double quotes and outside brackets.
    if !closers.is_empty() && closers.chars().all(|c| matches!(c, '"' | '”')) {
        format!("{inner}.{closers}")
    } else {
        format!("{answer}.")
    }
}

/// "- tea", "* tea", "• tea", "1. tea", "2) tea", "b) tea".
fn is_list_line(line: &str) -> bool {
    let marker = line.split_whitespace().next().unwrap_or_default();
    matches!(marker, "-" | "*" | "•" | "–" | "—" | "+" | "·")
        || marker.strip_suffix([')', '.']).is_some_and(|mark| {
            !mark.is_empty()
                && mark.len() <= 3
                && line.len() > marker.len()
                && (mark.chars().all(|c| c.is_ascii_digit()) || (marker.ends_with(')') && mark.is_ascii()))
        })
}

#[cfg(test)]
mod tests;
