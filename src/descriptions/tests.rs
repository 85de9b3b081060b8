use std::path::Path;

use super::*;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/descriptions");
const FILES: [&str; 2] = ["traits.toml", "types.toml"];

fn bundled() -> Descriptions {
    Descriptions::load(Path::new(FOLDER)).unwrap()
}

/// Every text of the files with its place, except names of studies.
fn texts() -> Vec<(String, String)> {
    fn walk(place: String, value: &toml::Value, found: &mut Vec<(String, String)>) {
        match value {
            toml::Value::String(text) => found.push((place, text.clone())),
            toml::Value::Array(parts) => parts.iter().for_each(|part| walk(place.clone(), part, found)),
            toml::Value::Table(fields) => {
                for (name, field) in fields.iter().filter(|(name, _)| *name != "sources") {
                    walk(format!("{place}.{name}"), field, found);
                }
            }
            other => panic!("{place}: {other} is no text"),
        }
    }
    let mut found = Vec::new();
    for file in FILES {
        let text = std::fs::read_to_string(Path::new(FOLDER).join(file)).unwrap();
        walk(file.to_owned(), &toml::Value::Table(text.parse().unwrap()), &mut found);
    }
    found
}

/// Words that praise, promise or cover all cases.
const FORBIDDEN: [&str; 33] = [
    "always",
    "never",
    "perfect",
    "perfectly",
    "born",
    "natural leader",
    "gifted",
    "genius",
    "destined",
    "destiny",
    "brilliant",
    "amazing",
    "extraordinary",
    "exceptional",
    "unique",
    "special",
    "soul",
    "deep down",
    "secretly",
    "true self",
    "everyone",
    "everybody",
    "no one",
    "nobody",
    "guarantee",
    "guaranteed",
    "ideal",
    "rare",
    "rarest",
    "superior",
    "best",
    "success",
    "!",
];

/// The forbidden words in a text.
fn forbidden(text: &str) -> Vec<&'static str> {
    let plain = format!(" {} ", text.to_lowercase().replace(|c: char| !c.is_alphanumeric() && c != '!', " "));
    let found = |word: &&str| plain.contains(&format!(" {word} ")) || *word == "!" && plain.contains('!');
    FORBIDDEN.into_iter().filter(found).collect()
}

#[test]
fn there_is_a_text_for_each_level_of_each_trait_and_no_two_are_alike() {
    let descriptions = bundled();
    let mut seen = std::collections::BTreeSet::new();
    for trait_ in Trait::ALL {
        for word in Word::ALL {
            let text = descriptions.level_text(trait_, word);
            assert!(seen.insert(&text.life) && seen.insert(&text.work), "{trait_} {word}");
        }
    }
}

#[test]
fn no_text_praises_promises_or_covers_all_cases() {
    for (place, text) in texts() {
        assert_eq!(forbidden(&text), [""; 0], "{place}: {text}");
    }
    assert_eq!(forbidden("You never fail: a perfect match!"), ["never", "perfect", "!"]);
}

/// The error after one replacement in a file.
fn broken(name: &str, from: &str, to: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    for file in FILES {
        let text = std::fs::read_to_string(Path::new(FOLDER).join(file)).unwrap();
        assert!(file != name || text.contains(from), "{from} is not in {file}");
        let text = if file == name { text.replacen(from, to, 1) } else { text };
        std::fs::write(folder.path().join(file), text).unwrap();
    }
    Descriptions::load(folder.path()).unwrap_err().to_string()
}

#[test]
fn a_fault_is_named_with_file_section_and_field() {
    let gone = broken("traits.toml", "[trait.Openness]", "[trait.Opennes]");
    assert!(gone.contains("traits.toml") && gone.contains("Opennes"), "{gone}");
    let cut = "with and through people tends to fit, and the harder part is often to listen first, or to sit down alone ";
    let few = broken("traits.toml", cut, "");
    assert!(
        few.ends_with(
            "section [trait.Extraversion.level.high], field work: expected 50 to 220 characters, found 39"
        ),
        "{few}"
    );
    let one = broken(
        "traits.toml",
        "for you; it is where you recover. People",
        "for you; it is where you recover. Some do. People",
    );
    assert!(one.ends_with("field life: expected 2 to 4 sentences, found 5"), "{one}");
}

#[test]
fn a_folder_without_descriptions_gets_the_bundled_ones() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Descriptions::load(&folder.path().join("descriptions")).unwrap(), bundled());
}
