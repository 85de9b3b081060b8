//! Texts of cells: invisible characters are taken out, and named where a text is shown.

/// A text is shown up to so many characters.
const SHOWN: usize = 60;

/// The text without invisible characters, with one space between words.
pub fn cleaned(text: &str) -> String {
    let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Characters that take no room and change no letter: soft hyphens, joiners, marks of direction and byte order, fillers.
/// Such text is copied from web pages and word processors. See "Default_Ignorable_Code_Point" of the Unicode database.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// The first character that has no place in a title: a control character, or one that stands for a lost one.
pub fn misplaced(cleaned: &str) -> Option<char> {
    cleaned.chars().find(|c| {
        c.is_control() || matches!(*c, '\u{FFFD}' | '\u{FFFE}' | '\u{FFFF}' | '\u{E000}'..='\u{F8FF}')
    })
}

/// Whether a text is the name of an error, such as "#N/A" or "#DIV/0!". As text it is what is left of one.
pub fn is_error(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|name| {
        let known = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b"/_!?".contains(&b);
        name.bytes().all(known) && (name.ends_with(['!', '?']) || matches!(name, "N/A" | "GETTING_DATA"))
    })
}

/// The text in quotes, not too long, with the code points of characters that a reader could not see or tell from others.
pub fn described(text: &str) -> String {
    format!("\"{}\"{}", shortened(text), code_points(text))
}

/// A text without anything to see.
pub fn described_blank(text: &str) -> String {
    let named = code_points(text);
    if named.is_empty() { "an empty cell".to_owned() } else { format!("a cell without visible text{named}") }
}

/// The cleaned text, cut after [`SHOWN`] characters. Control characters are shown by their code points.
pub fn shortened(text: &str) -> String {
    let clean = cleaned(text);
    let shown: String = clean
        .chars()
        .take(SHOWN)
        .map(|c| if misplaced(c.encode_utf8(&mut [0; 4])).is_some() { code_point(c) } else { c.to_string() })
        .collect();
    match clean.chars().count() {
        0..=SHOWN => shown,
        all => format!("{shown}… ({all} characters)"),
    }
}

fn code_point(c: char) -> String {
    format!("U+{:04X}", c as u32)
}

/// " with U+200B, U+0422": the characters that are invisible, or letters of another alphabet, each once, five at most.
fn code_points(text: &str) -> String {
    let mut named: Vec<String> = Vec::new();
    for c in
        text.chars().filter(|c| is_invisible(*c) || is_foreign(*c) || (c.is_whitespace() && !c.is_ascii()))
    {
        let name = code_point(c);
        if !named.contains(&name) {
            named.push(name);
        }
        if named.len() == 5 {
            break;
        }
    }
    if named.is_empty() { String::new() } else { format!(" with {}", named.join(", ")) }
}

/// Letters beyond those of the Latin alphabet, and its full-width forms: some look just like Latin ones.
fn is_foreign(c: char) -> bool {
    c.is_alphabetic() && c > '\u{24F}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_taken_out_and_named() {
        assert_eq!(cleaned("\u{FEFF}Ca\u{200B}reer\u{A0} \n title\u{2060}"), "Career title");
        assert_eq!(described("IN\u{200B}\u{422}J"), "\"IN\u{422}J\" with U+200B, U+0422");
        assert_eq!(described("Café"), "\"Café\"");
        assert_eq!(described_blank("\u{200B}\u{200B}"), "a cell without visible text with U+200B");
        assert_eq!(shortened("a\u{7}b"), "aU+0007b");
        assert_eq!(shortened(&"x".repeat(61)), format!("{}… (61 characters)", "x".repeat(60)));
    }
}
