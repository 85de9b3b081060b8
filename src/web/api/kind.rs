//! JSON schemas in words. Pure.

use serde_json::Value;

/// What a value is: "list of", then a schema's name or a word such as "text".
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    pub before: String,
    pub word: String,
    /// Whether the word names a schema of the description.
    pub is_schema: bool,
    pub after: String,
}

impl Kind {
    pub fn of(schema: &Value) -> Kind {
        if let Some(reference) = schema["$ref"].as_str() {
            return Kind::schema(reference.rsplit('/').next().unwrap_or_default());
        }
        let parts = ["oneOf", "anyOf"].into_iter().find_map(|name| schema[name].as_array());
        if let Some(parts) = parts
            && let Some(part) = parts.iter().find(|part| part["type"] != "null")
        {
            let kind = Kind::of(part);
            return if parts.len() > 1 {
                Kind { after: format!("{} or null", kind.after), ..kind }
            } else {
                kind
            };
        }
        let (word, or_null) = match &schema["type"] {
            Value::Array(types) => {
                let word = types.iter().filter_map(Value::as_str).find(|word| *word != "null");
                (word.unwrap_or("anything"), types.iter().any(|word| word == "null"))
            }
            known => (known.as_str().unwrap_or("anything"), false),
        };
        let or_null = if or_null { " or null" } else { "" };
        let among = match schema["enum"].as_array() {
            Some(values) => {
                let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
                format!(": {}", values.join(", "))
            }
            None => bounds(schema),
        };
        match word {
            "array" => Kind::of(&schema["items"]).inside("list of ", or_null),
            "object" if schema["additionalProperties"].is_object() => {
                Kind::of(&schema["additionalProperties"]).inside("object of ", or_null)
            }
            "string" => Kind::word("text", &format!("{among}{or_null}")),
            "integer" => Kind::word("whole number", &format!("{among}{or_null}")),
            "boolean" => Kind::word("true or false", or_null),
            word => Kind::word(word, &format!("{among}{or_null}")),
        }
    }

    fn word(word: &str, after: &str) -> Kind {
        Kind { before: String::new(), word: word.to_owned(), is_schema: false, after: after.to_owned() }
    }

    fn schema(name: &str) -> Kind {
        Kind { is_schema: true, ..Kind::word(name, "") }
    }

    fn inside(self, outer: &str, after: &str) -> Kind {
        Kind { before: format!("{outer}{}", self.before), after: format!("{}{after}", self.after), ..self }
    }
}

/// " from 1 to 5".
fn bounds(schema: &Value) -> String {
    let bound = |name: &str, word: &str| match &schema[name] {
        Value::Number(number) => format!(" {word} {number}"),
        _ => String::new(),
    };
    bound("minimum", "from") + &bound("maximum", "to")
}

/// A sentence without the marks of Markdown, which the page does not render.
pub fn plain(value: &Value) -> String {
    value.as_str().unwrap_or_default().replace(['`', '*'], "").replace('\n', " ")
}

/// A field of an object.
#[derive(Debug)]
pub struct Property {
    pub name: String,
    pub kind: Kind,
    pub about: String,
    pub required: bool,
}

/// The fields of a schema, those of its parts included.
pub fn properties(schema: &Value) -> Vec<Property> {
    let required =
        |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let own = schema["properties"].as_object().into_iter().flatten().map(|(name, property)| Property {
        name: name.clone(),
        kind: Kind::of(property),
        about: plain(&property["description"]),
        required: required(name),
    });
    let parts = schema["allOf"].as_array().into_iter().flatten().flat_map(|part| match &part["$ref"] {
        Value::String(_) => vec![Property {
            name: "…".to_owned(),
            kind: Kind::of(part),
            about: "The fields of this, too.".to_owned(),
            required: true,
        }],
        _ => properties(part),
    });
    own.chain(parts).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(schema: Value) -> String {
        let Kind { before, word, after, .. } = Kind::of(&schema);
        format!("{before}{word}{after}")
    }

    #[test]
    fn a_schema_is_said_in_words() {
        let named = json!({ "$ref": "#/components/schemas/Summary" });
        assert_eq!(said(json!({ "type": "array", "items": named })), "list of Summary");
        assert!(Kind::of(&named).is_schema);
        assert_eq!(said(json!({ "oneOf": [{ "type": "null" }, named] })), "Summary or null");
        assert_eq!(said(json!({ "type": ["string", "null"] })), "text or null");
        assert_eq!(said(json!({ "type": "string", "enum": ["a", "b"] })), "text: a, b");
        assert_eq!(
            said(json!({ "type": "integer", "minimum": 1, "maximum": 5 })),
            "whole number from 1 to 5"
        );
        let object = json!({ "type": "object", "additionalProperties": { "type": "number" } });
        assert_eq!(said(object), "object of number");
        assert_eq!(said(json!({})), "anything");
    }

    #[test]
    fn fields_of_parts_are_listed_as_well() {
        let schema = json!({ "allOf": [
            { "$ref": "#/components/schemas/Summary" },
            { "type": "object", "required": ["rank"], "properties": { "rank": { "type": "integer" } } },
        ] });
        let found = properties(&schema);
        assert_eq!((found[0].name.as_str(), found[0].kind.word.as_str()), ("…", "Summary"));
        assert_eq!((found[1].name.as_str(), found[1].required), ("rank", true));
    }
}
