//! Whether a text is English, judged by its common words.
//!
//! Answers are often three or four words long, too short for a detector that is trained on letter statistics. Where the
//! word lists cannot tell, nothing is corrected.

use std::collections::HashSet;
use std::sync::LazyLock;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Evidence {
    /// Common English words, and hardly any of another language.
    English,
    /// Common words or letters of another language, or at least four words and none of them English.
    Other,
    /// A few words that may be any language in Latin script.
    Unclear,
}

/// Common English words that are rare in other languages in Latin script.
const ENGLISH: &str = "the and of with my myself it's they them their there then than that this these those would \
    could should don't doesn't didn't can't couldn't won't wouldn't isn't wasn't aren't haven't i'm i've i'd i'll \
    they're that's what's there's you you're your she his him our us who what when where why which how because but \
    about after afterwards afterward before from into through while until always never usually often sometimes really \
    just very maybe perhaps too also even only other another every everything everyone everybody something someone \
    somebody anything anyone nothing nobody people person friend friends family parents mother father sister brother \
    kids children child think thinks thought know knows knew like likes liked love loves loved hate hates hated enjoy \
    enjoys wants wanted want need needs feel feels felt feeling make makes made take takes took get gets got give \
    gives gave keep kept tell tells told say says said ask asks asked talk talks talked talking speak listen helps \
    helped try tries tried trying work works worked working read reading write writing watch watching walk walks \
    walked walking eat eating cook cooking play plays played playing learn learned learnt lived stay stayed went \
    going gone comes came leave left saw seen look looks looked looking found hope hopes hoped wish wait waited call \
    called bring brought buy bought started start stopped stop changed change cry cried laugh laughed smile worry \
    worried guess sing dance draw good great nice bad new little small big many much few some any first last next \
    times day days weeks year years night morning evening today tomorrow yesterday house things thing stuff lot world \
    book books games food dogs cats trip plans angry happy sad calm quiet funny tired bored bed alone together rather \
    enough still already ever without between is are were being did does down away back story stories favorite \
    favourite different easy hard whole own both same fun whenever wherever whatever whoever someday laughing crying thinking \
    doing being having getting singing running sleeping waiting";

/// Common English words that exist in another language too: "more" is Croatian for "sea", "come" is Italian for "how".
/// They count as known words, but not as evidence.
const SHARED: &str = "a an in do to on no so me more most go by am was he we all over at as for it its it'll come home \
    time had been not will or has can have her kind water week school plan room be must may might up off out if music \
    sea dog cat game help sleep find live see run old long quite again within inside instead ideally imagine in \
    important interesting impossible idea ideas ice man men die sam rad dan ben con den van di mai em ja per";

/// Common words of other languages in Latin script that are not English words.
const OTHER: &str = "il lo gli della delle degli dei nel nella che non sono mi ti ci piace miei mio mia anche perché \
    più molto con una uno el los las les des du une est et je j'ai j'aime tu nous vous ils elles avec pour dans mais \
    très pas que qui quand moi mon mes sur au aux la le der das den dem des ein eine einen einem und ist nicht ich \
    du wir sie mit auf für wenn aber auch sehr mich mir mein meine bin habe y yo mi mis me gusta muy pero cuando para \
    por como soy está estoy tengo hacer más del al os um uma não eu gosto muito mas quando minha meu com em het een \
    ik niet van voor met zijn maar ook mijn als dat wij jag och inte är det att som på med jeg ikke og er ja nie \
    się jest lubię oraz moje mam że volim moj moja moji se su sam je nije ali kao što ne da rad ili amb els meus \
    m'agrada també molt però quan mai és sóc nem és egy hogy nagyon en ve bir çok ama için ben ile dan yang saya \
    dan tidak di untuk ang mga ko sa eta naiz dut";

static ENGLISH_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| ENGLISH.split_whitespace().collect());
static SHARED_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| SHARED.split_whitespace().collect());
static OTHER_WORDS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| OTHER.split_whitespace().filter(|word| !SHARED_WORDS.contains(word)).collect());

/// Whether a letter is in Latin script: Basic Latin to Extended-B, Extended Additional, C and D, and width variants.
pub fn is_latin(letter: char) -> bool {
    matches!(letter,
        'A'..='Z' | 'a'..='z' | 'ª' | 'º' | 'À'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{2c60}'..='\u{2c7f}'
        | '\u{a722}'..='\u{a7ff}' | '\u{fb00}'..='\u{fb06}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}')
}

/// The word in the form of the lists: lower case, straight apostrophes, no punctuation around it.
pub(in crate::survey) fn plain(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase().replace('’', "'")
}

/// Whether a [`plain`] word is common in English.
pub(in crate::survey) fn is_known(word: &str) -> bool {
    ENGLISH_WORDS.contains(word) || SHARED_WORDS.contains(word)
}

/// Judges a text by its words. A lone "i" counts for no language.
pub(super) fn evidence(text: &str) -> Evidence {
    if text.chars().any(|c| c.is_alphabetic() && !is_latin(c)) {
        return Evidence::Other;
    }
    let (mut words, mut lone, mut english, mut shared, mut other, mut ascii) = (0, 0, 0, 0, 0, true);
    for word in text.split_whitespace().map(plain).filter(|word| !word.is_empty()) {
        words += 1;
        if word == "i" {
            lone += 1;
        } else if ENGLISH_WORDS.contains(word.as_str()) {
            english += 1;
        } else if SHARED_WORDS.contains(word.as_str()) {
            shared += 1;
        } else if OTHER_WORDS.contains(word.as_str()) {
            other += 1;
        }
        ascii &= word.is_ascii();
    }
    // A name or a quoted word does not change the language: one foreign word per three English words is allowed.
    if other * 3 > english {
        Evidence::Other
    } else if english > 0 || (shared >= 3 && shared + lone == words) {
        Evidence::English
    } else if words >= 4 || !ascii {
        Evidence::Other
    } else {
        Evidence::Unclear
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_recognized_by_common_words() {
        for text in [
            "kind, I hope",
            "I like dogs",
            "they would say that I talk too much",
            "We went to a café and I lost my résumé",
            "i do not go by it",
            "I met Simone de Beauvoir's niece at the school where my mother works",
        ] {
            assert_eq!(evidence(text), Evidence::English, "{text}");
        }
    }

    #[test]
    fn other_languages_are_recognized() {
        for text in [
            "i miei amici dicono che parlo troppo",
            "m'agrada llegir i escriure",
            "volim more i planine",
            "volim čitati i pisati",
            "Ich lese gern und gehe spazieren",
            "me gusta el mar y la montaña",
            "J'aime lire",
            "kahve içmek",
            "lubię czytać i pisać",
            "minulla on kaksi koiraa",
            "家で本を読みます",
            "мне нравится читать",
            "أحب القراءة",
            "i do mora i do planina",
            "hun leser i sengen",
            "jag bor i staden",
            "yn y tŷ i weld",
            "ik heb een hond en ga naar school",
        ] {
            assert_eq!(evidence(text), Evidence::Other, "{text}");
        }
    }

    #[test]
    fn a_few_words_may_be_unclear() {
        for text in ["i to on", "pizza", "tennis, chess", "😀", "42", ""] {
            assert_eq!(evidence(text), Evidence::Unclear, "{text}");
        }
    }

    #[test]
    fn no_word_is_in_two_lists() {
        assert_eq!(ENGLISH_WORDS.intersection(&OTHER_WORDS).collect::<Vec<_>>(), Vec::<&&str>::new());
        assert_eq!(ENGLISH_WORDS.intersection(&SHARED_WORDS).collect::<Vec<_>>(), Vec::<&&str>::new());
    }
}
