//! Scores answers by the rules of Mozilla's HTTP Observatory.
//!
//! The rules are those of its scanner, <https://github.com/mdn/mdn-http-observatory> (`src/grader/charts.js`, `grader.js` and
//! `src/analyzer/tests` as of commit 01b4711): a site begins at 100, each test adds or takes away points, points that are
//! added count only from 90 on, and A+ begins at 100. What no server can do for itself is left out: being on the preload list.

use std::collections::BTreeMap;

use reqwest::header::HeaderMap;
use scraper::{Html, Selector};

/// What a scan of a page found: the points of each test.
pub type Points = BTreeMap<&'static str, i32>;

/// One answer of the page, over https.
pub struct Answer<'a> {
    pub headers: &'a HeaderMap,
    pub html: &'a str,
    /// Status and `Location` of the same address over http.
    pub over_http: (u16, Option<String>),
    /// The origin that visitors use.
    pub origin: &'a str,
}

fn values<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
}

/// The directives of a policy with their sources.
fn policy(headers: &HeaderMap) -> Option<BTreeMap<String, Vec<String>>> {
    let [policy] = values(headers, "content-security-policy")[..] else { return None };
    let directives = policy.split(';').map(|directive| {
        let mut words = directive.split_ascii_whitespace().map(str::to_lowercase);
        (words.next().unwrap_or_default(), words.collect())
    });
    Some(directives.filter(|(name, _)| !name.is_empty()).collect())
}

const BROAD: [&str; 8] =
    ["ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"];

fn content_security_policy(headers: &HeaderMap) -> i32 {
    let Some(policy) = policy(headers) else { return -25 };
    let sources = |name: &str| {
        let sources = policy.get(name).or_else(|| policy.get("default-src")).cloned();
        sources.unwrap_or_else(|| vec!["*".to_owned()])
    };
    let broad = |name: &str| sources(name).iter().any(|source| BROAD.contains(&source.as_str()));
    let has =
        |name: &str, words: &[&str]| sources(name).iter().any(|source| words.contains(&source.as_str()));
    let over_http = |name: &str| {
        sources(name).iter().any(|source| source.starts_with("http:") || source.starts_with("ftp:"))
    };
    if broad("script-src") || broad("object-src") || has("script-src", &["'unsafe-inline'", "data:"]) {
        return -20;
    }
    let passive = ["img-src", "media-src"];
    if policy.keys().any(|name| !passive.contains(&name.as_str()) && over_http(name)) {
        return -20;
    }
    if has("script-src", &["'unsafe-eval'"])
        || has("style-src", &["'unsafe-eval'"])
        || passive.into_iter().any(over_http)
    {
        return -10;
    }
    if broad("style-src") || has("style-src", &["'unsafe-inline'", "data:"]) {
        return 0;
    }
    if policy.get("default-src").is_some_and(|sources| sources == &["'none'"]) { 10 } else { 5 }
}

/// Every cookie of this site stands for a device, so each counts as a session's.
fn cookies(headers: &HeaderMap, hsts: bool) -> i32 {
    let cookies = values(headers, "set-cookie");
    let attributes =
        |cookie: &str| cookie.split(';').map(|part| part.trim().to_lowercase()).collect::<Vec<_>>();
    let all: Vec<Vec<String>> = cookies.into_iter().map(attributes).collect();
    let every = |name: &str| all.iter().all(|cookie| cookie.iter().any(|part| part == name));
    if all.is_empty() {
        0
    } else if !every("httponly") {
        -30
    } else if !every("secure") {
        if hsts { -10 } else { -40 }
    } else if all
        .iter()
        .all(|cookie| cookie.iter().any(|part| ["samesite=lax", "samesite=strict"].contains(&part.as_str())))
    {
        5
    } else {
        0
    }
}

fn strict_transport_security(headers: &HeaderMap) -> i32 {
    let [value] = values(headers, "strict-transport-security")[..] else { return -20 };
    let age = value
        .split(';')
        .find_map(|part| part.trim().to_lowercase().strip_prefix("max-age=")?.parse::<u64>().ok());
    match age {
        Some(15_768_000..) => 0,
        Some(_) => -10,
        None => -20,
    }
}

fn redirection((status, location): &(u16, Option<String>), origin: &str) -> i32 {
    match location {
        Some(to) if (300..400).contains(status) && to.starts_with(origin) && to.starts_with("https://") => 0,
        Some(to) if (300..400).contains(status) && to.starts_with("https://") => -5,
        _ => -20,
    }
}

fn referrer_policy(headers: &HeaderMap) -> i32 {
    const PRIVATE: [&str; 4] =
        ["no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"];
    match values(headers, "referrer-policy")[..] {
        [] => 0,
        [policy] if PRIVATE.contains(&policy) => 5,
        _ => -5,
    }
}

fn frames(headers: &HeaderMap) -> i32 {
    let ancestors = policy(headers).and_then(|policy| policy.get("frame-ancestors").cloned());
    if ancestors
        .is_some_and(|sources| sources.iter().all(|source| ["'none'", "'self'"].contains(&source.as_str())))
    {
        return 5;
    }
    match values(headers, "x-frame-options")[..] {
        ["DENY" | "SAMEORIGIN"] => 0,
        _ => -20,
    }
}

fn scripts(html: &str, origin: &str) -> i32 {
    let page = Html::parse_document(html);
    let script = Selector::parse("script[src]").unwrap();
    let elsewhere = page.select(&script).filter(|element| {
        let source = element.attr("src").unwrap_or_default();
        (source.starts_with("//") || !source.starts_with('/')) && !source.starts_with(origin)
    });
    let (mut secure, mut insecure) = (0, 0);
    for element in elsewhere {
        if element.attr("src").unwrap_or_default().starts_with("https://") {
            secure += 1
        } else {
            insecure += 1
        }
    }
    match (insecure, secure) {
        (0, 0) => 0,
        (0, _) => -5,
        _ => -50,
    }
}

/// The points of every test.
pub fn points(answer: &Answer<'_>) -> Points {
    let headers = answer.headers;
    let hsts = strict_transport_security(headers);
    let open = values(headers, "access-control-allow-origin");
    let credentials = values(headers, "access-control-allow-credentials");
    Points::from([
        ("content-security-policy", content_security_policy(headers)),
        ("cookies", cookies(headers, hsts == 0)),
        ("cross-origin-resource-sharing", if !open.is_empty() && credentials == ["true"] { -50 } else { 0 }),
        (
            "cross-origin-resource-policy",
            match values(headers, "cross-origin-resource-policy")[..] {
                ["same-origin" | "same-site"] => 10,
                [] | ["cross-origin"] => 0,
                _ => -5,
            },
        ),
        ("redirection", redirection(&answer.over_http, answer.origin)),
        ("referrer-policy", referrer_policy(headers)),
        ("strict-transport-security", hsts),
        ("subresource-integrity", scripts(answer.html, answer.origin)),
        (
            "x-content-type-options",
            if values(headers, "x-content-type-options") == ["nosniff"] { 0 } else { -5 },
        ),
        ("x-frame-options", frames(headers)),
    ])
}

/// The score: points that are added count only where the others leave 90.
pub fn score(points: &Points) -> i32 {
    let taken: i32 = points.values().filter(|points| **points < 0).sum();
    let added: i32 = points.values().filter(|points| **points > 0).sum();
    let score = 100 + taken;
    if score >= 90 { score + added } else { score.max(0) }
}
