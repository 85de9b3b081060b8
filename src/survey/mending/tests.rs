//! What is corrected, and what must stay.

use proptest::prelude::*;

use super::*;

fn unchanged(answers: &[&str]) {
    for answer in answers {
        assert_eq!(mend(answer), *answer);
    }
}

#[test]
fn slips_are_corrected() {
    for (given, mended) in [
        ("kind, I hope", "Kind, I hope."),
        ("  i like   tea , and walks .\n", "I like tea, and walks."),
        ("i'm shy but i’ve learned to talk", "I'm shy but I’ve learned to talk."),
        ("My sister and i went home. So did i!", "My sister and I went home. So did I!"),
        ("she asked \"can i come\"", "She asked \"can I come.\""),
        ("when i was small, i cried a lot (so they say)", "When I was small, I cried a lot (so they say)."),
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
fn every_pronoun_of_a_hasty_answer_is_capitalized() {
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
fn correct_answers_stay() {
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
fn other_languages_stay() {
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

/// "i" means "the" in Italian, "and" in Catalan and many Slavic languages, "in" in Scandinavian ones, "to" in Welsh.
#[test]
fn languages_with_a_word_i_stay() {
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
fn only_english_words_in_i_are_capitalized() {
    assert_eq!(mend("istanbul"), "istanbul.");
    assert_eq!(mend("it rains"), "It rains.");
}

#[test]
fn other_languages_lose_only_stray_spaces() {
    assert_eq!(mend("  me gusta   el mar  "), "me gusta el mar");
    assert_eq!(mend("\u{3000}家で　本を読みます\u{3000}"), "家で　本を読みます");
}

#[test]
fn a_foreign_line_in_an_english_answer_stays() {
    let mended = mend("my grandmother always says\ni vecchi sanno tutto");
    assert!(mended.ends_with("\ni vecchi sanno tutto."), "{mended}");
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
    fn mending_is_idempotent(answer in "\\PC{0,60}|[ iIamte'’.,\"`\n()-]{0,50}|((i|I|i'm|the|and|like|tea|il|,|\\.|\n| ) ?){0,20}") {
        let once = mend(&answer);
        prop_assert_eq!(mend(&once), once.clone());
    }

    /// Letters and digits stay; only an "i" or the first letter becomes a capital.
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
