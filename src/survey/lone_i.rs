//! The lone "i" of an English sentence, told apart from the letter, the numeral, the variable and other languages' words.

use super::language::{Evidence, evidence, is_known, is_other, plain};

/// Words that commonly follow "I" in English, beside those that end in -ed or -ly.
const FOLLOWERS: &str = "am was have had do did don't didn't can can't could couldn't will won't would wouldn't should \
    shouldn't must might may like love hate think know feel felt go went get got make made take took see saw say said \
    tell told try want need hope wish wait never always often sometimes just also still even only then ever do not read \
    write run ran walk talk sleep slept eat ate drink sit sat stay keep kept find found give gave come came leave left \
    put let look listen help play watch work learn live lost won met bring brought buy bought begin began start stop \
    call ask answer cry laugh sing dance cook bake paint draw drew remember forget forgot believe trust worry enjoy \
    prefer tend used mean meant miss wonder understand understood care agree guess wake woke speak spoke spend spent \
    quite rather so too argue end panic sigh swim hike climb ride drive drove fly travel visit invite decide notice \
    breathe smile shout yell scream apologize apologise pretend avoid handle lie lay grew became become belong collect";

/// Words that commonly stand before "I" in English.
const LEADERS: &str = "and or but than as that if when where why how what which who because so while until before \
    after since though although do did am was were can could will would should must may might have had not whenever \
    then whatever said say think thought know knew hope wish like";

/// Words after which "i" is the letter: "the i".
const DETERMINERS: &str = "the a an every each letter vitamin";

/// Words after which "i" may be a numeral or a counter: "part i", "for i in". Before a verb it is the person all the same:
/// "the part i liked".
const NUMBERED: &str = "part chapter volume act phase type class level world war king queen henry pope charles napoleon \
    book section appendix figure article for";

fn listed(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|listed| listed == word)
}

/// Gives the lone "i" of an English sentence its capital.
pub(super) fn lone_i(line: &str) -> String {
    if line.contains('`') {
        return line.to_owned();
    }
    let tokens: Vec<&str> = line.split(' ').collect();
    let known = tokens.iter().filter(|token| is_known(&plain(token))).count();
    let words =
        tokens.iter().filter(|token| token.chars().any(char::is_alphanumeric) && plain(token) != "i").count();
    // A line that is no English by itself may be a quotation in an English answer.
    if evidence(line) != Evidence::English {
        return line.to_owned();
    }
    let speaks = |place: usize| {
        tokens.get(place + 1).is_some_and(|after| {
            let word = plain(after);
            after.starts_with(char::is_alphabetic)
                && (listed(FOLLOWERS, &word) || word.ends_with("ed") || word.ends_with("ly"))
        })
    };
    // Mostly known words, or one "i" that is certain and no word of another language, speak for the doubtful ones too.
    let certain = |(place, token): (usize, &&str)| match lone_i_end(token) {
        Some(Lone::Contraction) => true,
        Some(Lone::Word { .. }) => speaks(place),
        None => false,
    };
    let english = known * 5 > words * 3
        || (tokens.iter().enumerate().any(certain) && !tokens.iter().any(|t| is_other(&plain(t))));
    let mut mended: Vec<String> = Vec::with_capacity(tokens.len());
    for (place, token) in tokens.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| plain(tokens[before])).unwrap_or_default();
        let follows = tokens.get(place + 1).is_some_and(|after| after.starts_with(char::is_alphabetic));
        let capital = match lone_i_end(token) {
            None => false,
            Some(Lone::Contraction) => true,
            Some(Lone::Word { closed }) => {
                let last = closed || place + 1 == tokens.len();
                let letter = listed(DETERMINERS, &before) || (last && place == 0);
                let numeral = listed(NUMBERED, &before) && !speaks(place);
                let led = listed(LEADERS, &before);
                !letter && !numeral && (speaks(place) || (english && (led || follows)))
            }
        };
        mended.push(if capital { token.replacen('i', "I", 1) } else { (*token).to_owned() });
    }
    mended.join(" ")
}

enum Lone {
    /// "i'm", "i've", "i'd", "i'll".
    Contraction,
    /// "i" alone; closed when punctuation ends the clause right after it.
    Word { closed: bool },
}

/// Whether a token is the lone "i", with nothing but an opening quote or bracket before it and clause punctuation after.
fn lone_i_end(token: &str) -> Option<Lone> {
    let bare = token.trim_start_matches(['"', '“', '‘', '\'', '—', '–']);
    let rest = bare.strip_prefix('i')?;
    if rest.is_empty() {
        return Some(Lone::Word { closed: false });
    }
    let straight = rest.replace('’', "'");
    let ending = straight.trim_end_matches([',', '.', '!', '?', ';', ':', '"', '”']);
    match ending {
        "'m" | "'ve" | "'d" | "'ll" => Some(Lone::Contraction),
        // "i." may begin a list and "i:" or "i;" may be code: only a comma, a question or an exclamation is a clause.
        "" if matches!(straight.as_str(), "," | "?" | "!" | ".") => Some(Lone::Word { closed: true }),
        _ => None,
    }
}
