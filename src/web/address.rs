//! The addresses of pages.

use actix_web::HttpRequest;

use super::client;
use super::state::AppState;
use crate::personality::{Mbti, Trait};
use crate::records::{OwnerKey, ShareKey};

/// A result's page for its owner.
pub fn result(key: &OwnerKey) -> String {
    format!("/results/{}", key.as_text())
}

/// A result's page for anyone with the share link.
pub fn shared(key: &ShareKey) -> String {
    format!("/shared/{}", key.as_text())
}

/// An occupation's page, by its SOC code.
pub fn occupation(soc: &str) -> String {
    format!("/careers/{soc}")
}

/// The page of a type, "/types/infj".
pub fn mbti(mbti: Mbti) -> String {
    format!("/types/{}", mbti.name().to_lowercase())
}

/// The page of a trait, "/traits/openness".
pub fn trait_(trait_: Trait) -> String {
    format!("/traits/{}", trait_.name().to_lowercase())
}

/// The complete address, for a visitor to note: under the public URL if one is set, otherwise under the requested host.
pub fn absolute(request: &HttpRequest, state: &AppState, path: &str) -> String {
    match &state.settings.server.public_url {
        Some(url) => format!("{}{path}", url.origin()),
        None => {
            let scheme = if client::is_https(request, &state.settings.server) { "https" } else { "http" };
            format!("{scheme}://{}{path}", client::host(request, &state.settings.server))
        }
    }
}
