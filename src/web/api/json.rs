//! Parses JSON from programs: accepts a byte-order mark and half a surrogate pair, and names a raw line break in a
//! string. Pure.

use std::str;

use serde_json::Value;

/// What in a body is not JSON, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct NotJson {
    /// Such as "a line break".
    pub found: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// Parses a body. Skips a byte-order mark at its start. Half a surrogate pair, which is not a character, becomes
/// U+FFFD.
///
/// # Errors
/// For bytes that are not UTF-8, for control characters in a string, and for anything else that is not JSON.
pub fn parse(body: &[u8]) -> Result<Value, NotJson> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text = str::from_utf8(body).map_err(|error| {
        let at = error.valid_up_to();
        let byte = body.get(at).copied().unwrap_or_default();
        NotJson::at(body, at, format!("the byte 0x{byte:02X}, which is not UTF-8"))
    })?;
    let whole = whole_characters(text)?;
    serde_json::from_str(&whole).map_err(|error| {
        let said = error.to_string();
        let what = said.split(" at line ").next().unwrap_or_default();
        let start =
            text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
        // serde_json counts bytes, up to and including the last one that it read.
        NotJson::at(body, start + error.column().saturating_sub(1), format!("not valid JSON ({what})"))
    })
}

impl NotJson {
    /// `at` is an offset in bytes.
    fn at(body: &[u8], at: usize, found: String) -> NotJson {
        let before = String::from_utf8_lossy(&body[..at.min(body.len())]);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        NotJson { found, line, column }
    }
}

/// The text, with U+FFFD for each escape that is half a surrogate pair.
fn whole_characters(text: &str) -> Result<String, NotJson> {
    let bytes = text.as_bytes();
    let mut whole = String::with_capacity(text.len());
    let (mut copied, mut at, mut in_string) = (0, 0, false);
    while let Some(&byte) = bytes.get(at) {
        let mut length = 1;
        match byte {
            b'"' => in_string = !in_string,
            0..0x20 if in_string => {
                return Err(NotJson::at(bytes, at, format!("{} inside a string", control(byte))));
            }
            b'\\' if in_string => match escaped(&bytes[at..]) {
                Some(0xd800..=0xdbff) => match escaped(&bytes[at + 6..]) {
                    Some(0xdc00..=0xdfff) => length = 12,
                    _ => length = lone(text, &mut whole, &mut copied, at),
                },
                Some(0xdc00..=0xdfff) => length = lone(text, &mut whole, &mut copied, at),
                _ => length = 2,
            },
            _ => {}
        }
        at += length;
    }
    whole.push_str(text.get(copied..).unwrap_or_default());
    Ok(whole)
}

/// Copies the text before the escape at `at`, and U+FFFD for the escape. Returns the escape's length.
fn lone(text: &str, whole: &mut String, copied: &mut usize, at: usize) -> usize {
    whole.push_str(&text[*copied..at]);
    // The replacement is as long as the escape, so that columns stay right.
    whole.push_str("\\ufffd");
    *copied = at + 6;
    6
}

/// The number of an escape such as `\u00e9` at the start of these bytes.
fn escaped(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

fn control(byte: u8) -> String {
    match byte {
        b'\n' | b'\r' => "a line break (write \\n)".to_owned(),
        b'\t' => "a tab (write \\t)".to_owned(),
        other => format!("the control character U+{other:04X}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &[u8]) -> String {
        parse(body).unwrap()["text"].as_str().unwrap().to_owned()
    }

    fn refused(body: &[u8]) -> (String, usize, usize) {
        let NotJson { found, line, column } = parse(body).unwrap_err();
        (found, line, column)
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(text(b"\xef\xbb\xbf{\"text\": \"tea\"}"), "tea");
    }

    #[test]
    fn half_a_surrogate_pair_is_a_replacement_character() {
        assert_eq!(text(br#"{"text": "a\ud83db"}"#), "a\u{fffd}b");
        assert_eq!(text(br#"{"text": "\ude00\ud83d"}"#), "\u{fffd}\u{fffd}");
        assert_eq!(text(br#"{"text": "\ud83d\ud83d\ude00"}"#), "\u{fffd}\u{1f600}");
        assert_eq!(text(br#"{"text": "\ud83d\ude00 \\ud83d \u00e9"}"#), "\u{1f600} \\ud83d é");
    }

    #[test]
    fn a_refusal_names_what_was_found_and_where() {
        let (found, line, column) = refused("{\"text\":\n \"é first\nsecond\"}".as_bytes());
        assert!(found.starts_with("a line break"), "{found}");
        assert_eq!((line, column), (2, 10));
        let (found, line, column) = refused(b"{\"text\": \"caf\xe9 au lait\"}");
        assert!(found.contains("0xE9") && found.contains("UTF-8"), "{found}");
        assert_eq!((line, column), (1, 14));
        let (found, ..) = refused(b"{\"text\": \"a\x01\"}");
        assert!(found.contains("U+0001"), "{found}");
        let (found, line, column) = refused(b"{\n\"text\" \"tea\"}");
        assert!(found.contains("expected `:`"), "{found}");
        assert_eq!((line, column), (2, 8));
        assert_eq!(refused(b"").1, 1);
        assert!(refused(b"{\"text\": ").0.contains("EOF"));
        assert!(parse(b"\"\\").is_err() && parse(b"\"\\ud83d").is_err() && parse(b"\"\\u12").is_err());
    }
}
