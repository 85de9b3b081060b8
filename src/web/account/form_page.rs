//! A page with one form, as nearly all pages of an account are.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use askama::Template;

use super::fields::Field;
use crate::accounts::Strength;
use crate::web::early::Early;
use crate::web::error::WebError;
use crate::web::page::{Keeping, page};

/// A link below a form.
pub struct Further {
    pub path: String,
    pub text: &'static str,
}

#[derive(Template)]
#[template(path = "account/form.html")]
pub struct FormPage {
    pub title: &'static str,
    pub lede: String,
    /// Where it is posted.
    pub action: String,
    pub fields: Vec<Field>,
    pub button: &'static str,
    /// Where a login leads on to.
    pub next: String,
    /// Whether a new password can be checked without being set.
    pub measures: bool,
    /// What the check said.
    pub strength: Option<Strength>,
    /// What is wrong with the form as a whole.
    pub fault: Option<String>,
    pub further: Vec<Further>,
}

impl FormPage {
    /// A page without faults, links and a new password.
    pub fn new(
        title: &'static str,
        lede: impl Into<String>,
        action: impl Into<String>,
        fields: Vec<Field>,
        button: &'static str,
    ) -> FormPage {
        FormPage {
            title,
            lede: lede.into(),
            action: action.into(),
            fields,
            button,
            next: String::new(),
            measures: false,
            strength: None,
            fault: None,
            further: Vec::new(),
        }
    }

    /// The faults as links to their fields.
    pub fn faults(&self) -> Vec<(&'static str, &str)> {
        self.fields.iter().filter_map(|field| Some((field.id, field.fault.as_deref()?))).collect()
    }

    fn is_faulty(&self) -> bool {
        self.fault.is_some() || self.fields.iter().any(|field| field.fault.is_some())
    }

    /// The page again, with what is wrong with one of its fields.
    pub fn with_fault(mut self, field: &str, fault: impl ToString) -> FormPage {
        if let Some(field) = self.fields.iter_mut().find(|one| one.id == field) {
            field.fault = Some(fault.to_string());
        }
        self
    }

    /// The page: 422 if something is wrong with what was posted.
    pub fn shown(&self) -> Result<HttpResponse, WebError> {
        let status = if self.is_faulty() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        page(status, Keeping::Unlisted, self)
    }

    /// The page, as the end of the handler.
    pub fn again(&self) -> Early {
        self.shown().map_or_else(Early::Error, Early::from)
    }

    /// The page for somebody who has to wait, 429 if they sent too much and 503 if the site is busy.
    pub fn waiting(&self, status: StatusCode, seconds: u64) -> Result<HttpResponse, WebError> {
        let mut answer = page(status, Keeping::Unlisted, self)?;
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        Ok(answer)
    }
}
