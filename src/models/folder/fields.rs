//! A JSON object's fields. A wrong value is reported by its key, and keys that were never asked for are known.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::models::error::ModelError;

/// The fields of a JSON object in a file.
#[derive(Debug)]
pub(in crate::models) struct Fields {
    path: PathBuf,
    map: Map<String, Value>,
    asked: RefCell<BTreeSet<String>>,
}

impl Fields {
    /// `path` names the file in errors.
    pub(in crate::models) fn new(path: PathBuf, map: Map<String, Value>) -> Fields {
        Fields { path, map, asked: RefCell::default() }
    }

    /// The file.
    pub(in crate::models) fn path(&self) -> &Path {
        &self.path
    }

    /// All fields, in the file's order.
    pub(in crate::models) fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.map.iter()
    }

    /// Takes note that a field is used.
    pub(in crate::models) fn ask(&self, key: &str) {
        self.asked.borrow_mut().insert(key.to_owned());
    }

    /// A field's value, null included.
    pub(in crate::models) fn get(&self, key: &str) -> Option<&Value> {
        self.ask(key);
        self.map.get(key)
    }

    /// A field's value, unless it is null.
    fn value(&self, key: &str) -> Option<&Value> {
        self.get(key).filter(|value| !value.is_null())
    }

    /// A whole number from 0; null counts as absent.
    pub(in crate::models) fn size(&self, key: &str) -> Result<Option<usize>, ModelError> {
        let size = |value: &Value| value.as_u64().and_then(|size| usize::try_from(size).ok());
        self.read(key, self.value(key), "a whole number", size)
    }

    /// A number; null counts as absent.
    pub(in crate::models) fn number(&self, key: &str) -> Result<Option<f64>, ModelError> {
        self.read(key, self.value(key), "a number", Value::as_f64)
    }

    /// A text; null counts as absent.
    pub(in crate::models) fn text(&self, key: &str) -> Result<Option<String>, ModelError> {
        self.read(key, self.value(key), "a text", |value| value.as_str().map(String::from))
    }

    /// True or false, never null.
    pub(in crate::models) fn flag(&self, key: &str) -> Result<Option<bool>, ModelError> {
        self.read(key, self.get(key), "true or false", Value::as_bool)
    }

    /// True, false, or null, which counts as absent.
    pub(in crate::models) fn optional_flag(&self, key: &str) -> Result<Option<bool>, ModelError> {
        self.read(key, self.value(key), "true, false or null", Value::as_bool)
    }

    fn read<T>(
        &self,
        key: &str,
        value: Option<&Value>,
        expected: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, ModelError> {
        let Some(value) = value else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| self.wrong(key, value, expected))
    }

    /// That `key` holds something else than `expected`.
    pub(in crate::models) fn wrong(&self, key: &str, found: impl Display, expected: &str) -> ModelError {
        let found = found.to_string();
        let shown: String = found.chars().take(80).collect();
        let more = if shown.len() < found.len() { " …" } else { "" };
        ModelError::unsupported(&self.path, format!("{key} is {shown}{more}"), expected)
    }

    /// The keys that were never asked for and hold something.
    pub(in crate::models) fn unused(&self) -> Vec<String> {
        let asked = self.asked.borrow();
        let unused = self.map.iter().filter(|(key, value)| !value.is_null() && !asked.contains(*key));
        unused.map(|(key, _)| key.clone()).collect()
    }
}
