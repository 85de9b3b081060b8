//! Mechanical slips in an open answer: stray spaces, the lone "i", a missing capital at the start or full stop at the end.
//!
//! Nothing else is touched: no word, no meaning, no other language. Where it is not clear that a change is right, there is
//! none: an unmended answer still reads well after its lead-in, a spoilt one does not.

use super::language::{Evidence, evidence, is_known, is_latin, plain};
use super::lone_i::lone_i;

/// An open answer as the composed text has it.
///
/// - Space around the answer goes, and so does space at the end of a line; runs of spaces and tabs within a line become
///   one space; three or more line breaks become two. Text with code or columns in it keeps its spaces.
/// - In English: no space before a comma or full stop; "i", "i'm", "i've", "i'd" and "i'll" get their capital.
/// - In English, and for a few words that could be of any language: a capital at the start, a full stop at the end.
///
/// Web addresses, code, lists, emoji, abbreviations and Roman numerals stay as they are. Mending twice changes nothing
/// more.
pub fn mend(answer: &str) -> String {
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
        mended =
            mended.split('\n').map(|line| lone_i(&no_space_before_stop(line))).collect::<Vec<_>>().join("\n");
    }
    full_stop(&capital(&mended))
}

/// Code, or columns set with spaces: a fence, a line drawn in four spaces or a tab, a line with braces or a semicolon at
/// its end.
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

/// "tea , then" to "tea, then". Only after a letter and before a space or the end, so that ".5" and " ..." stay.
fn no_space_before_stop(line: &str) -> String {
    let chars: Vec<char> = line.chars().collect();
    let mut kept = String::with_capacity(line.len());
    for (place, &c) in chars.iter().enumerate() {
        let stray = c == ' '
            && place > 0
            && chars[place - 1].is_alphabetic()
            && matches!(chars.get(place + 1), Some(',' | '.'))
            && chars.get(place + 2).is_none_or(|next| next.is_whitespace());
        if !stray {
            kept.push(c);
        }
    }
    kept
}

/// Gives the first word its capital, unless it is an address, a name with a spelling of its own, or part of a list.
fn capital(answer: &str) -> String {
    let quotes = answer.len() - answer.trim_start_matches(['"', '“', '‘', '\'', '(', '«']).len();
    let (opening, rest) = answer.split_at(quotes);
    let first = rest.split_whitespace().next().unwrap_or_default();
    let word = first.trim_end_matches([',', '.', '!', '?', ';', ':', '"', '”', '’', ')']);
    let ordinary = word.chars().all(|c| is_latin(c) || matches!(c, '\'' | '’' | '-')) && !word.is_empty();
    let own_spelling = word.chars().any(char::is_uppercase);
    let Some(letter) = rest.chars().next() else { return answer.to_owned() };
    // In Turkish the capital of "i" is another letter, so a word that begins with it must be known as English. A lone
    // "i" was judged before.
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

/// Ends the answer with a full stop, unless it ends with a stop of any script, an address, an emoji, a list or code.
fn full_stop(answer: &str) -> String {
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
    // American English sets the full stop inside closing double quotes and outside brackets.
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unchanged(answers: &[&str]) {
        for answer in answers {
            assert_eq!(mend(answer), *answer);
        }
    }

    #[test]
    fn mechanical_slips_are_mended() {
        for (given, mended) in [
            ("kind, I hope", "Kind, I hope."),
            ("  i like   tea , and walks .\n", "I like tea, and walks."),
            ("i'm shy but i’ve learned to talk", "I'm shy but I’ve learned to talk."),
            ("My sister and i went home. So did i!", "My sister and I went home. So did I!"),
            ("she asked \"can i come\"", "She asked \"can I come.\""),
            (
                "when i was small, i cried a lot (so they say)",
                "When I was small, I cried a lot (so they say).",
            ),
            ("it depends", "It depends."),
            ("the part i liked was the end", "The part I liked was the end."),
            ("i go to bed when i am tired", "I go to bed when I am tired."),
            ("i don't know", "I don't know."),
            ("pizza", "Pizza."),
            ("kind, funny,", "Kind, funny,"),
            ("\"what now\" is what i said", "\"What now\" is what I said."),
            ("one thing.  \n\n\n\nthen another", "One thing.\n\nthen another."),
            ("about 50%", "About 50%."),
            ("i think, i hope, i wait", "I think, I hope, I wait."),
            ("élan and a good friend", "Élan and a good friend."),
        ] {
            assert_eq!(mend(given), mended);
        }
    }

    #[test]
    fn every_lone_i_of_a_hasty_answer_is_mended() {
        for answer in [
            "i usually just lie in bed and scroll on my phone until noon, then i make pancakes and i'm happy",
            "last summer we drove to the coast but the car broke down so i walked to the village and i asked for help",
            "i panic a bit. then i sit down, i breathe, and i start again. that's what i do",
            "my friend and i built a shelf. she read the plan while i held the boards",
            "i hike, i swim, i climb. everything i can do outside",
            "whenever i argue with my sister i end up laughing",
            "only i know where i hid it",
        ] {
            let mended = mend(answer);
            let small = mended.split(|c: char| !c.is_alphanumeric()).filter(|word| *word == "i").count();
            assert_eq!(small, 0, "{mended}");
        }
    }

    #[test]
    fn what_is_right_stays() {
        unchanged(&[
            "I read. Then I sleep.",
            "Really?",
            "I wonder…",
            "He said, \"Never.\"",
            "I never know what to say...",
            "Thanks :)",
            "I love it 😀",
            "I slept (all day!)",
        ]);
    }

    #[test]
    fn another_language_is_never_touched() {
        unchanged(&[
            "i miei amici dicono che parlo troppo",
            "m'agrada llegir i escriure",
            "volim more i planine",
            "volim čitati i pisati",
            "i do mora i do planina",
            "lubię czytać i pisać, i tyle",
            "kahve içmek",
            "me gusta el mar y la montaña",
            "Bonjour ! Je lis , et vous ?",
            "ich gehe spazieren",
            "家で本を読みます。",
            "家で本を読みます",
            "何もしない！",
            "أحب القراءة؟",
            "אני אוהב מוזיקה",
            "мне нравится читать",
            "ქართული ენა",
            "मुझे पढ़ना पसंद है।",
        ]);
    }

    /// "i" is "the" in Italian, "and" in Catalan and many Slavic languages, "in" in Scandinavia, "to" in Welsh.
    #[test]
    fn longer_answers_in_languages_with_an_i_stay() {
        unchanged(&[
            "la domenica vado al mare con i miei fratelli, i cani e i bambini",
            "i libri sono la mia vita. i film meno",
            "em llevo tard, faig el cafè i surto a caminar amb la meva germana",
            "vaig al mercat i compro pa i fruita",
            "ustanem kasno, skuham kavu i idem u park s prijateljima i psom",
            "najradije spavam i citam i slusam glazbu",
            "wstaję późno, parzę kawę i idę na spacer",
            "robie liste i potem ja gubie",
            "vstanu pozdě, uvařím čaj i kávu a jdu ven",
            "jeg sover lenge og drikker kaffe i senga mens hunden ligger ved siden av",
            "vi bor i et lite hus i skogen",
            "jag dricker kaffe i solen och ringer en vän",
            "jeg bor i en lille by og har en dog til mine venner",
            "codi yn hwyr, mynd i'r traeth, a darllen i'r plant",
            "dw i'n hoffi canu a dw i'n byw yng Nghymru",
            "am sa merg la mare si i-am spus si lui",
            "ik slaap uit en ga dan met de hond naar het water",
            "want ik heb een kind in de klas en help op school",
        ]);
    }

    /// In Turkish the capital of "i" carries a dot.
    #[test]
    fn a_word_in_i_of_any_language_keeps_it() {
        assert_eq!(mend("istanbul"), "istanbul.");
        assert_eq!(mend("it rains"), "It rains.");
    }

    #[test]
    fn another_language_loses_only_stray_spaces() {
        assert_eq!(mend("  me gusta   el mar  "), "me gusta el mar");
        assert_eq!(mend("\u{3000}家で　本を読みます\u{3000}"), "家で　本を読みます");
    }

    #[test]
    fn a_foreign_quotation_in_an_english_answer_stays() {
        let mended = mend("my grandmother always says\ni vecchi sanno tutto");
        assert!(mended.ends_with("\ni vecchi sanno tutto."), "{mended}");
        assert!(mend("they told me that i vecchi sanno vivere meglio").contains(" i vecchi"));
    }

    #[test]
    fn numerals_letters_addresses_and_code_stay() {
        for (given, kept) in [
            ("I like the letter i and the dot on the i", "the letter i and the dot on the i"),
            ("We read part i and part ii of the book", "part i and part ii"),
            ("My plan, i.e. the old one, failed", "i.e. the old one"),
            ("i) tea and books", "i) tea"),
            ("I think (i) is right and (ii) is not", "(i) is right"),
            ("My site is https://example.org/i/like", "https://example.org/i/like"),
            ("I write for i in range and other loops", "for i in range"),
            ("I use `i = i + 1` when I count", "`i = i + 1`"),
            ("iPhone games and other things", "iPhone games"),
        ] {
            assert!(mend(given).contains(kept), "{}", mend(given));
        }
        unchanged(&[
            "https://example.org",
            "Mail me@example.org",
            "- tea\n- a book",
            "1. sleep\n2. eat",
            "for (i = 0; i < 9; i++) {\n    print(i)\n}",
            "```\nlet  i = 1\n```",
            "eBay and the like :)",
            ":D",
        ]);
    }

    #[test]
    fn emoji_and_marks_alone_stay() {
        unchanged(&["😀", "👩‍👩‍👧‍👦", "?!", "...", "—", "<3"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn mending_twice_is_mending_once(answer in "\\PC{0,60}|[ iIamte'’.,\"`\n()-]{0,50}|((i|I|i'm|the|and|like|tea|il|,|\\.|\n| ) ?){0,20}") {
            let once = mend(&answer);
            prop_assert_eq!(mend(&once), once.clone());
        }

        /// Letters and digits are the words: none is lost or added, and only an "i" or the first letter is raised.
        #[test]
        fn no_word_is_lost_or_added(answer in "\\PC{0,60}|((i|I|i'm|the|and|like|tea|il|,|\\.|\n| ) ?){0,20}") {
            let words = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<Vec<_>>();
            let (given, mended) = (words(&answer), words(&mend(&answer)));
            prop_assert_eq!(given.len(), mended.len());
            let raised = given.iter().zip(&mended).enumerate().filter(|(_, (a, b))| a != b);
            for (place, (from, to)) in raised {
                prop_assert!(place == 0 || (*from == 'i' && *to == 'I'), "{from} became {to}");
            }
        }
    }
}
