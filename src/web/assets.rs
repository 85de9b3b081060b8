//! Static files, embedded in the binary. Each path contains a hash of the content, so that browsers can cache a file for a year
//! and never show an old version.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use sha2::{Digest, Sha256};

/// One embedded file.
pub struct Asset {
    /// The path it is served under, `/static/site-1a2b3c4d5e6f.css`.
    pub path: String,
    content_type: &'static str,
    body: web::Bytes,
}

impl Asset {
    fn new(stem: &str, extension: &str, content_type: &'static str, body: web::Bytes) -> Asset {
        let hash = hex::encode(&Sha256::digest(&body)[..6]);
        Asset { path: format!("/static/{stem}-{hash}.{extension}"), content_type, body }
    }

    /// A script without its comment lines and its indentation, which no browser needs. No text in our scripts has several
    /// lines, so that none is changed.
    fn script(stem: &str, source: &str) -> Asset {
        let is_code = |line: &&str| !line.is_empty() && !line.starts_with("//") && !line.starts_with("/**");
        let lines = source.lines().map(str::trim).filter(is_code);
        let body = lines.collect::<Vec<_>>().join("\n");
        Asset::new(stem, "js", "text/javascript; charset=utf-8", web::Bytes::from(body))
    }
}

/// Source Serif 4, variable weight, Latin. Its license (OFL 1.1) is served as well.
static FONT: LazyLock<Asset> = LazyLock::new(|| {
    let body = web::Bytes::from_static(include_bytes!("../../static/source-serif-4.woff2"));
    Asset::new("source-serif-4", "woff2", "font/woff2", body)
});

static FONT_LICENSE: LazyLock<Asset> = LazyLock::new(|| {
    let body = web::Bytes::from_static(include_bytes!("../../static/source-serif-4.LICENSE.txt"));
    Asset::new("source-serif-4-license", "txt", "text/plain; charset=utf-8", body)
});

/// The stylesheet, with the font under its hashed path.
static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let sheet = include_str!("../../static/site.css").replace("source-serif-4.woff2", &FONT.path);
    Asset::new("site", "css", "text/css; charset=utf-8", web::Bytes::from(sheet))
});

static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("site", include_str!("../../static/site.js")));

/// Saves answers on the way, and keeps those that are not saved yet. For pages of a draft only.
static SAVING: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("saving", include_str!("../../static/saving.js")));

/// The script of the page about the JSON addresses.
static API_SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("api", include_str!("../../static/api.js")));

/// The script of an account's forms.
static ACCOUNT_SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("account", include_str!("../../static/account.js")));

/// What only the manager's pages need.
static MANAGER_STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let body = web::Bytes::from_static(include_bytes!("../../static/manager.css"));
    Asset::new("manager", "css", "text/css; charset=utf-8", body)
});

/// Refreshes the manager's pages.
static MANAGER_SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("manager", include_str!("../../static/manager.js")));

static ICON: LazyLock<Asset> = LazyLock::new(|| {
    let body = web::Bytes::from_static(include_bytes!("../../static/icon.svg"));
    Asset::new("icon", "svg", "image/svg+xml; charset=utf-8", body)
});

/// The picture of link previews, 1200 by 630 pixels.
static PREVIEW: LazyLock<Asset> = LazyLock::new(|| {
    let body = web::Bytes::from_static(include_bytes!("../../static/preview.png"));
    Asset::new("preview", "png", "image/png", body)
});

/// The icon as a home screen shows it, 192 by 192 pixels.
static ICON_192: LazyLock<Asset> = LazyLock::new(|| {
    let body = web::Bytes::from_static(include_bytes!("../../static/icon-192.png"));
    Asset::new("icon-192", "png", "image/png", body)
});

/// The same, 512 by 512 pixels.
static ICON_512: LazyLock<Asset> = LazyLock::new(|| {
    let body = web::Bytes::from_static(include_bytes!("../../static/icon-512.png"));
    Asset::new("icon-512", "png", "image/png", body)
});

fn all() -> [&'static Asset; 13] {
    [
        &STYLE,
        &SCRIPT,
        &SAVING,
        &API_SCRIPT,
        &ACCOUNT_SCRIPT,
        &MANAGER_STYLE,
        &MANAGER_SCRIPT,
        &FONT,
        &FONT_LICENSE,
        &ICON,
        &ICON_192,
        &ICON_512,
        &PREVIEW,
    ]
}

/// The files that the pages of the questionnaire load.
pub fn of_questionnaire() -> [&'static str; 5] {
    [style(), script(), saving(), font(), icon()]
}

pub fn style() -> &'static str {
    &STYLE.path
}

pub fn script() -> &'static str {
    &SCRIPT.path
}

pub fn saving() -> &'static str {
    &SAVING.path
}

pub fn api_script() -> &'static str {
    &API_SCRIPT.path
}

pub fn account_script() -> &'static str {
    &ACCOUNT_SCRIPT.path
}

pub fn manager_style() -> &'static str {
    &MANAGER_STYLE.path
}

pub fn manager_script() -> &'static str {
    &MANAGER_SCRIPT.path
}

pub fn font() -> &'static str {
    &FONT.path
}

pub fn font_license() -> &'static str {
    &FONT_LICENSE.path
}

pub fn icon() -> &'static str {
    &ICON.path
}

pub fn icon_192() -> &'static str {
    &ICON_192.path
}

pub fn icon_512() -> &'static str {
    &ICON_512.path
}

pub fn preview() -> &'static str {
    &PREVIEW.path
}

/// Routes for every embedded file, and `/favicon.ico` for browsers that request it by default.
pub fn routes(config: &mut web::ServiceConfig) {
    for asset in all() {
        config.route(&asset.path, web::get().to(move || serve(asset, "public, max-age=31536000, immutable")));
    }
    config.route("/favicon.ico", web::get().to(|| serve(&ICON, "public, max-age=86400")));
}

async fn serve(asset: &'static Asset, cache: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(asset.content_type)
        .insert_header((header::CACHE_CONTROL, cache))
        .body(asset.body.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stylesheet_loads_the_font_from_the_path_it_is_served_under() {
        let sheet = std::str::from_utf8(&STYLE.body).unwrap();
        assert!(sheet.contains(&format!("url(\"{}\")", FONT.path)));
    }

    #[test]
    fn stylesheet_and_script_stay_within_their_size_limits() {
        assert!(include_bytes!("../../static/site.css").len() <= 16 * 1024);
        // What a page of the questionnaire loads, as it is served; other pages load only the first. The service worker,
        // which no page waits for, is apart.
        let scripts = SCRIPT.body.len() + SAVING.body.len();
        assert!(scripts <= 12 * 1024, "{scripts}");
    }

    #[test]
    fn paths_differ_and_contain_a_hash_of_the_content() {
        let mut paths: Vec<_> = all().iter().map(|asset| asset.path.clone()).collect();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), all().len());
        let other = Asset::new("site", "css", "text/css", web::Bytes::from_static(b"other"));
        assert_ne!(other.path, STYLE.path);
    }
}
