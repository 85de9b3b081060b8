//! Addresses for link previews and search engines.

use actix_web::HttpRequest;

use super::address::absolute;
use super::assets;
use super::state::AppState;

/// Addresses for the head of a public or shared page.
pub struct Preview {
    /// The page's canonical address.
    pub url: String,
    /// The address of the picture.
    pub image: String,
}

impl Preview {
    pub fn new(request: &HttpRequest, state: &AppState, path: &str) -> Preview {
        Preview { url: absolute(request, state, path), image: absolute(request, state, assets::preview()) }
    }
}
