//! A token that is added to a vocabulary, as the files of a folder give it.

use serde_json::{Map, Value};
use tokenizers::AddedToken;

/// A token as a text, or as an object with flags. transformers treats a text as a special token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    Text(String),
    Token(Token),
}

/// A token with flags, as in `added_tokens_decoder`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Token {
    pub(super) content: String,
    pub(super) single_word: bool,
    pub(super) lstrip: bool,
    pub(super) rstrip: bool,
    /// Whether it is looked for in the normalized text; if absent, special tokens are not.
    pub(super) normalized: Option<bool>,
    pub(super) special: bool,
}

impl Given {
    /// A text, or an object that transformers wrote with `"__type": "AddedToken"`.
    pub(super) fn parse(value: &Value) -> Option<Given> {
        match value {
            Value::String(text) => Some(Given::Text(text.clone())),
            Value::Object(map) if map.get("__type")? == "AddedToken" => Token::parse(map).map(Given::Token),
            _ => None,
        }
    }

    pub(super) fn content(&self) -> &str {
        match self {
            Given::Text(text) => text,
            Given::Token(token) => &token.content,
        }
    }

    /// The token as it is added. `named` says whether it is one of the special tokens with a role.
    pub(super) fn added(&self, named: bool) -> AddedToken {
        match self {
            Given::Text(text) => AddedToken::from(text.as_str(), true),
            Given::Token(token) => {
                let special = token.special || named;
                AddedToken::from(token.content.as_str(), special)
                    .normalized(token.normalized.unwrap_or(!special))
                    .single_word(token.single_word)
                    .lstrip(token.lstrip)
                    .rstrip(token.rstrip)
            }
        }
    }
}

impl Token {
    /// `None` if there is no content or a flag is no flag. transformers ignores other keys.
    pub(super) fn parse(map: &Map<String, Value>) -> Option<Token> {
        let flag = |key: &str| map.get(key).map_or(Some(false), Value::as_bool);
        Some(Token {
            content: map.get("content")?.as_str()?.to_owned(),
            single_word: flag("single_word")?,
            lstrip: flag("lstrip")?,
            rstrip: flag("rstrip")?,
            normalized: match map.get("normalized") {
                None => None,
                Some(value) => Some(value.as_bool()?),
            },
            special: flag("special")?,
        })
    }
}
