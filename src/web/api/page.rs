//! The page on which people read the description of the JSON addresses and try them.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde_json::Value;

use super::description;
use super::kind::{Kind, Property, plain, properties};
use crate::web::address::absolute;
use crate::web::error::WebError;
use crate::web::page::{Keeping, page};
use crate::web::preview::Preview;
use crate::web::state::AppState;

#[derive(Template)]
#[template(path = "api.html")]
struct ApiPage {
    preview: Preview,
    introduction: Vec<String>,
    groups: Vec<Group>,
    schemas: Vec<Named>,
}

/// Operations that belong together.
struct Group {
    name: String,
    about: String,
    operations: Vec<Operation>,
}

struct Operation {
    id: String,
    /// "GET".
    method: String,
    path: String,
    /// The path under the site's own address, for a command line.
    url: String,
    summary: String,
    description: String,
    parameters: Vec<Parameter>,
    body: Option<Content>,
    answers: Vec<Answer>,
}

impl Operation {
    /// Whether the page can send it: not with another body than JSON, not with a cookie, and nothing that deletes.
    fn can_be_tried(&self) -> bool {
        match &self.body {
            Some(body) => body.is_json(),
            None => self.method == "GET",
        }
    }

    /// Whether a form can send it without script.
    fn needs_script(&self) -> bool {
        self.body.is_some() || self.path.contains('{')
    }
}

struct Parameter {
    name: String,
    /// "path", "query" or "cookie".
    place: String,
    required: bool,
    kind: Kind,
    description: String,
}

impl Parameter {
    fn is_sent(&self) -> bool {
        self.place != "cookie"
    }
}

struct Content {
    content_type: String,
    kind: Kind,
    example: Option<String>,
}

impl Content {
    fn is_json(&self) -> bool {
        self.content_type == "application/json"
    }
}

struct Answer {
    status: String,
    description: String,
    content: Option<Content>,
    /// Names with what they say.
    headers: Vec<(String, String)>,
}

/// A schema that others refer to.
struct Named {
    name: String,
    about: String,
    properties: Vec<Property>,
}

/// GET /api
pub async fn show(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let described = serde_json::to_value(description::of(&state.settings)).map_err(WebError::internal)?;
    let shown = ApiPage {
        preview: Preview::new(&request, &state, "/api"),
        introduction: text(&described["info"]["description"]).split("\n\n").map(str::to_owned).collect(),
        groups: groups(&described, &absolute(&request, &state, "")),
        schemas: schemas(&described),
    };
    page(StatusCode::OK, Keeping::Public, &shown)
}

fn groups(described: &Value, origin: &str) -> Vec<Group> {
    let operations: Vec<(&String, &String, &Value)> = entries(&described["paths"])
        .flat_map(|(path, item)| entries(item).map(move |(method, operation)| (path, method, operation)))
        .collect();
    let group = |tag: &Value| Group {
        name: text(&tag["name"]),
        about: text(&tag["description"]),
        operations: operations
            .iter()
            .filter(|(.., operation)| operation["tags"][0] == tag["name"])
            .map(|(path, method, operation)| of(path, method, operation, origin))
            .collect(),
    };
    list(&described["tags"]).map(group).collect()
}

fn of(path: &str, method: &str, operation: &Value, origin: &str) -> Operation {
    let parameter = |parameter: &Value| Parameter {
        name: text(&parameter["name"]),
        place: text(&parameter["in"]),
        required: parameter["required"] == true,
        kind: Kind::of(&parameter["schema"]),
        description: plain(&parameter["description"]),
    };
    let answer = |(status, answer): (&String, &Value)| Answer {
        status: status.clone(),
        description: plain(&answer["description"]),
        content: content(answer),
        headers: entries(&answer["headers"])
            .map(|(name, header)| (name.clone(), plain(&header["description"])))
            .collect(),
    };
    Operation {
        id: text(&operation["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        url: format!("{origin}{path}"),
        summary: text(&operation["summary"]),
        description: plain(&operation["description"]),
        parameters: list(&operation["parameters"]).map(parameter).collect(),
        body: content(&operation["requestBody"]),
        answers: entries(&operation["responses"]).map(answer).collect(),
    }
}

/// The first of the content types of a body.
fn content(body: &Value) -> Option<Content> {
    let (content_type, content) = entries(&body["content"]).next()?;
    let example = match &content["example"] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        example => serde_json::to_string_pretty(example).ok(),
    };
    Some(Content { content_type: content_type.clone(), kind: Kind::of(&content["schema"]), example })
}

fn schemas(described: &Value) -> Vec<Named> {
    let named = |(name, schema): (&String, &Value)| Named {
        name: name.clone(),
        about: plain(&schema["description"]),
        properties: properties(schema),
    };
    entries(&described["components"]["schemas"]).map(named).collect()
}

fn entries(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten()
}

fn list(array: &Value) -> impl Iterator<Item = &Value> {
    array.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
