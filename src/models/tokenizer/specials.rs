//! Which tokens a folder adds to its vocabulary and in which order, which decides their ids: those of `added_tokens_decoder`,
//! or of the older files in its place, then the special tokens by role, then special tokens without a role. All as transformers
//! 5 does it (`_from_pretrained` and `TokenizersBackend.__init__`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use tokenizers::AddedToken;

use super::class::Class;
use super::token::{Given, Token};
use crate::models::error::ModelError;
use crate::models::folder::{self, Fields};

/// The roles in the order in which their tokens are added.
const ROLES: [&str; 7] =
    ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

const EXTRA: &str = "extra_special_tokens";
const ADDITIONAL: &str = "additional_special_tokens";
const DECODER: &str = "added_tokens_decoder";
const MAP_FILE: &str = "special_tokens_map.json";
const ADDED_FILE: &str = "added_tokens.json";

/// The tokens that a folder's files name, the vocabulary aside.
#[derive(Debug, Default)]
pub(super) struct Specials {
    /// By role, in the order of [`ROLES`] and then of the file; `None` for null.
    roles: BTreeMap<&'static str, Option<Given>>,
    /// Special tokens with roles of their own.
    own_roles: Vec<Given>,
    /// Special tokens without a role. `None` if the folder does not speak of them.
    extra: Option<Vec<Given>>,
    /// `additional_special_tokens` of special_tokens_map.json, which count if nothing else speaks of them.
    late_extra: Option<Vec<Given>>,
    /// Added tokens in the order of their ids.
    added: BTreeMap<u64, Token>,
    /// The older files that were read.
    pub(super) files: Vec<&'static str>,
}

/// A token to add, and its role.
pub(super) struct ToAdd {
    pub(super) role: Option<&'static str>,
    pub(super) token: AddedToken,
}

impl Specials {
    /// Reads `options` (tokenizer_config.json) and, if it has no `added_tokens_decoder`, the older files in `dir`. `json` holds
    /// the added tokens of tokenizer.json.
    pub(super) fn read(
        dir: Option<&Path>,
        options: &Fields,
        json: Option<&Value>,
    ) -> Result<Specials, ModelError> {
        let mut specials = Specials::of_options(options)?;
        match options.get(DECODER) {
            Some(decoder) => {
                let tokens = decoder.as_object().and_then(|map| {
                    map.iter()
                        .map(|(id, token)| Some((id.parse().ok()?, Token::parse(token.as_object()?)?)))
                        .collect()
                });
                let expected = "an object with content and flags for each id";
                specials.added = tokens.ok_or_else(|| options.wrong(DECODER, decoder, expected))?;
            }
            None => {
                if let Some(dir) = dir {
                    specials.read_map(&dir.join(MAP_FILE))?;
                    specials.read_added(&dir.join(ADDED_FILE))?;
                }
                for token in json.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
                {
                    if let (Some(id), Some(token)) =
                        (token.get("id").and_then(Value::as_u64), Token::parse(token))
                    {
                        specials.added.insert(id, token);
                    }
                }
            }
        }
        // A role's token has the flags that the added tokens give it.
        let by_content: BTreeMap<&str, &Token> =
            specials.added.values().map(|token| (token.content.as_str(), token)).collect();
        for given in specials.roles.values_mut().flatten() {
            if let Some(token) = by_content.get(given.content()) {
                *given = Given::Token((*token).clone());
            }
        }
        Ok(specials)
    }

    fn of_options(options: &Fields) -> Result<Specials, ModelError> {
        let mut specials = Specials::default();
        for role in ROLES {
            match options.get(role) {
                None => {}
                Some(Value::Null) => drop(specials.roles.insert(role, None)),
                Some(value) => {
                    let given = Given::parse(value);
                    let given = given.ok_or_else(|| options.wrong(role, value, "a token as a text"))?;
                    specials.roles.insert(role, Some(given));
                }
            }
        }
        for (key, value) in options.iter() {
            if key.ends_with("_token")
                && !ROLES.contains(&key.as_str())
                && let Some(given) = Given::parse(value)
            {
                options.ask(key);
                specials.own_roles.push(given);
            }
        }
        let says_something = |value: &&Value| match value {
            Value::Array(list) => !list.is_empty(),
            Value::Object(map) => !map.is_empty(),
            other => !other.is_null(),
        };
        let (extra, additional) = (options.get(EXTRA), options.get(ADDITIONAL));
        let (key, value) = match (extra.filter(says_something), additional) {
            (None, Some(value)) => (ADDITIONAL, Some(value)),
            _ => (EXTRA, extra),
        };
        specials.set_extra(key, value, options.path())?;
        Ok(specials)
    }

    /// A list is one of tokens without a role; an object names roles of the folder's own.
    fn set_extra(&mut self, key: &str, value: Option<&Value>, path: &Path) -> Result<(), ModelError> {
        let refuse = |value: &Value| {
            ModelError::unsupported(
                path,
                format!("{key} holds {value}"),
                "tokens as texts, or as transformers' objects",
            )
        };
        let given = |value| Given::parse(value).ok_or_else(|| refuse(value));
        match value {
            None => {}
            Some(Value::Null) => self.extra = Some(Vec::new()),
            Some(Value::Array(list)) => self.extra = Some(list.iter().map(given).collect::<Result<_, _>>()?),
            Some(Value::Object(map)) => {
                for value in map.values() {
                    self.own_roles.push(given(value)?);
                }
            }
            Some(other) => return Err(refuse(other)),
        }
        Ok(())
    }

    /// special_tokens_map.json, which precedes tokenizer_config.json.
    fn read_map(&mut self, path: &Path) -> Result<(), ModelError> {
        let Some(map) = folder::object(path, "a map of special tokens")? else { return Ok(()) };
        self.files.push(MAP_FILE);
        let refuse = |key: &str, value: &Value| {
            Err(ModelError::unsupported(path, format!("{key} is {value}"), "a token"))
        };
        for (key, value) in &map {
            let role = ROLES.into_iter().find(|role| *role == key.as_str());
            let given = of_map(value);
            match (key.as_str(), given, value) {
                (EXTRA, _, Value::Array(list)) => self.add_extra(list, path)?,
                (EXTRA, _, other) => self.set_extra(key, Some(other), path)?,
                (ADDITIONAL, _, Value::Array(list)) => {
                    let all: Option<Vec<Given>> = list.iter().map(Given::parse).collect();
                    let Some(all) = all else { return refuse(key, value) };
                    self.late_extra = Some(all);
                }
                (_, Some(given), _) => match role {
                    Some(role) => drop(self.roles.insert(role, Some(given))),
                    None if key.ends_with("_token") => self.own_roles.push(given),
                    None => {}
                },
                (_, None, Value::Null) => {
                    if let Some(role) = role {
                        self.roles.insert(role, None);
                    }
                }
                _ => return refuse(key, value),
            }
        }
        Ok(())
    }

    /// Adds tokens to those without a role, each once.
    fn add_extra(&mut self, list: &[Value], path: &Path) -> Result<(), ModelError> {
        let extra = self.extra.get_or_insert_default();
        for value in list {
            let Some(given) = of_map(value) else {
                return Err(ModelError::unsupported(path, format!("{EXTRA} holds {value}"), "a token"));
            };
            if !extra.contains(&given) {
                extra.push(given);
            }
        }
        Ok(())
    }

    /// added_tokens.json: ids by token.
    fn read_added(&mut self, path: &Path) -> Result<(), ModelError> {
        let Some(map) = folder::object(path, "a map of tokens to ids")? else { return Ok(()) };
        self.files.push(ADDED_FILE);
        let special: BTreeSet<String> = self
            .roles
            .values()
            .flatten()
            .chain(self.extra.iter().flatten())
            .map(|given| given.content().to_owned())
            .collect();
        for (content, id) in map {
            let Some(id) = id.as_u64() else {
                return Err(ModelError::unsupported(
                    path,
                    format!("{content:?} has the id {id}"),
                    "a whole number",
                ));
            };
            let special = special.contains(&content);
            let token = Token { content, special, normalized: Some(!special), ..Token::default() };
            self.added.insert(id, token);
        }
        Ok(())
    }

    /// The token of a role, by name or by the class's default. `None` if the folder says that there is none.
    pub(super) fn role(&self, class: Class, role: &str) -> Option<&str> {
        match self.roles.get(role) {
            Some(given) => given.as_ref().map(Given::content),
            None => class.special_tokens().iter().find(|(name, _)| *name == role).map(|(_, token)| *token),
        }
    }

    /// All tokens in the order in which they are added. `present` are the tokens that the pipeline has added already,
    /// `of_vocabulary` the tokens that a SentencePiece model itself marks: they count unless tokenizer_config.json speaks of
    /// tokens without a role, and replace those of special_tokens_map.json.
    pub(super) fn to_add(
        &self,
        class: Class,
        present: &BTreeSet<String>,
        of_vocabulary: Option<Vec<Token>>,
    ) -> Vec<ToAdd> {
        let named: Vec<(Option<&'static str>, Given)> = ROLES
            .into_iter()
            .filter_map(|role| {
                let given = match self.roles.get(role) {
                    Some(given) => given.clone(),
                    None => self.role(class, role).map(|token| Given::Text(token.to_owned())),
                };
                Some((Some(role), given?))
            })
            .chain(self.own_roles.iter().map(|given| (None, given.clone())))
            .collect();
        let names: BTreeSet<String> = named.iter().map(|(_, given)| given.content().to_owned()).collect();
        let of_vocabulary = of_vocabulary.map(|tokens| tokens.into_iter().map(Given::Token).collect());
        let extra = self.extra.clone().or(of_vocabulary).or(self.late_extra.clone()).unwrap_or_default();
        let mut known: BTreeSet<&str> = present.iter().map(String::as_str).collect();
        known.extend(self.added.values().map(|token| token.content.as_str()));
        let mut all: Vec<(Option<&'static str>, Given)> =
            self.added.values().map(|token| (None, Given::Token(token.clone()))).collect();
        for (role, given) in named.into_iter().chain(extra.into_iter().map(|given| (None, given))) {
            if !known.contains(given.content()) && !all.iter().any(|(_, other)| *other == given) {
                all.push((role, given));
            }
        }
        let add = |(role, given): (Option<&'static str>, Given)| {
            let token = given.added(names.contains(given.content()));
            ToAdd { role, token }
        };
        all.into_iter().map(add).collect()
    }
}

/// A token of special_tokens_map.json, whose objects are special.
fn of_map(value: &Value) -> Option<Given> {
    match value {
        Value::Object(token) => {
            Token::parse(token).map(|token| Given::Token(Token { special: true, ..token }))
        }
        other => Given::parse(other),
    }
}
