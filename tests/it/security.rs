//! Security headers, no POST from another site, and rate limits.

use reqwest::header::HeaderMap;

use crate::harness::Site;
use crate::observatory::{Answer, points, score};

#[actix_web::test]
async fn every_answer_carries_the_security_headers() {
    let site = Site::start(&[]);
    for path in ["/health", "/no/such/page"] {
        let answer = site.page(path).await;
        let headers = answer.headers();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "same-origin");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
        assert!(headers.contains_key("permissions-policy"));
        assert!(!headers.contains_key("strict-transport-security"));
    }
    let site = Site::start(&["--public-url", "https://calling.example.org"]);
    assert!(site.get("/health").await.headers().contains_key("strict-transport-security"));
}

#[actix_web::test]
async fn a_form_from_another_site_is_refused_before_routing() {
    let site = Site::start(&["--public-url", "https://calling.example.org"]);
    let send = async |name: &str, value: &str| {
        let request = site.client.post(site.url("/no/such/form")).header(name, value);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(send("sec-fetch-site", "cross-site").await, 403);
    assert_eq!(send("sec-fetch-site", "same-site").await, 403);
    assert_eq!(send("origin", "https://evil.example").await, 403);
    assert_eq!(send("origin", "null").await, 403);
    // Accepted, but there is no such form.
    assert_eq!(send("sec-fetch-site", "same-origin").await, 404);
    assert_eq!(send("origin", "https://calling.example.org").await, 404);
}

#[actix_web::test]
async fn a_client_over_its_limit_must_wait_and_others_need_not() {
    let site = Site::start(&["--rate-limit", "1", "--rate-burst", "3", "--trusted-proxies", "127.0.0.1"]);
    let ask = async |client: &str| {
        let request = site.client.get(site.url("/no/such/page")).header("x-forwarded-for", client);
        request.send().await.unwrap()
    };
    for _ in 0..3 {
        assert_eq!(ask("198.51.100.1").await.status(), 404);
    }
    let refused = ask("198.51.100.1").await;
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(ask("198.51.100.2").await.status(), 404);
    // Entries that the client wrote to the left of its own address do not help it.
    assert_eq!(ask("203.0.113.5, 198.51.100.1").await.status(), 429);
    // Probes are exempt.
    for _ in 0..5 {
        assert_eq!(site.get("/health").await.status(), 200);
    }
}

#[actix_web::test]
async fn without_trusted_proxies_clients_cannot_choose_their_address() {
    let site = Site::start(&["--rate-limit", "1", "--rate-burst", "1"]);
    let ask = async |client: &str| {
        let request = site.client.get(site.url("/no/such/page")).header("x-forwarded-for", client);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask("198.51.100.1").await, 404);
    assert_eq!(ask("198.51.100.2").await, 429);
}

#[actix_web::test]
async fn cookies_are_httponly_samesite_and_over_https_secure() {
    let begin = async |arguments: &[&str], proto: Option<&str>| {
        let site = Site::start(arguments);
        let mut request = site.client.post(site.url("/begin")).form(&[("agree", "1")]);
        if let Some(proto) = proto {
            request = request.header("x-forwarded-proto", proto);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 303);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        cookie.contains("Secure")
    };
    assert!(!begin(&[], None).await);
    // The header counts only from a trusted proxy.
    assert!(!begin(&[], Some("https")).await);
    assert!(begin(&["--trusted-proxies", "127.0.0.1"], Some("https")).await);
    assert!(begin(&["--public-url", "https://calling.example.org"], None).await);
}

#[actix_web::test]
async fn a_form_counts_as_this_sites_by_the_host_that_a_trusted_proxy_says() {
    let send = async |site: &Site, origin: &str| {
        let request = site.client.post(site.url("/no/such/form")).header("origin", origin);
        let request = request.header("host", "10.0.0.3:8080").header("x-forwarded-host", "calling.example");
        request.send().await.unwrap().status().as_u16()
    };
    let site = Site::start(&["--trusted-proxies", "127.0.0.1"]);
    assert_eq!(send(&site, "https://calling.example").await, 404);
    assert_eq!(send(&site, "https://evil.example").await, 403);
    assert_eq!(send(&site, "http://10.0.0.3:8080").await, 403);
    let site = Site::start(&[]);
    assert_eq!(send(&site, "https://calling.example").await, 403);
    assert_eq!(send(&site, "http://10.0.0.3:8080").await, 404);
}

#[actix_web::test]
async fn what_comes_over_http_is_sent_on_to_https() {
    let site =
        Site::start(&["--public-url", "https://calling.example.org", "--trusted-proxies", "127.0.0.1"]);
    let ask = async |path: &str, scheme: &str| {
        let request = site.client.get(site.url(path)).header("x-forwarded-proto", scheme);
        request.send().await.unwrap()
    };
    let sent_on = ask("/about?a=b", "http").await;
    assert_eq!(sent_on.status(), 308);
    assert_eq!(sent_on.headers()["location"], "https://calling.example.org/about?a=b");
    assert!(sent_on.headers().contains_key("strict-transport-security"));
    assert_eq!(ask("/about", "https").await.status(), 200);
    // A proxy without the header must not send browsers in a circle.
    assert_eq!(site.get("/about").await.status(), 200);
    for probe in ["/health", "/ready"] {
        assert_ne!(ask(probe, "http").await.status(), 308);
    }
}

#[actix_web::test]
async fn a_refused_page_gives_back_what_was_typed() {
    let site = Site::start(&["--rate-limit", "1", "--rate-burst", "3", "--trusted-proxies", "127.0.0.1"]);
    let post = async |client: &str, origin: &str| {
        let request = site.client.post(site.url("/questions/7")).header("x-forwarded-for", client);
        let request = request.header("accept", "text/html").header("origin", origin);
        let answer = request.form(&[("q01", "A lighthouse"), ("go", "next")]).send().await.unwrap();
        let status = answer.status().as_u16();
        let page = scraper::Html::parse_document(&answer.text().await.unwrap());
        (status, crate::site::texts(&page, "main textarea[readonly]"))
    };
    let typed = vec!["A lighthouse".to_owned()];
    assert_eq!(post("198.51.100.1", "https://evil.example").await, (403, typed.clone()));
    let own = site.url("");
    for _ in 0..2 {
        assert_eq!(post("198.51.100.1", &own).await, (404, typed.clone()));
    }
    assert_eq!(post("198.51.100.1", &own).await, (429, typed.clone()));
    // Too large for a page without a draft: the part that fits is given back.
    let large = format!("q01=A+lighthouse&q02={}", "x".repeat(300_000));
    let request = site.client.post(site.url("/questions/7")).header("x-forwarded-for", "198.51.100.2");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer = request.header("accept", "text/html").body(large).send().await.unwrap();
    assert_eq!(answer.status(), 413);
    let page = scraper::Html::parse_document(&answer.text().await.unwrap());
    let shown = crate::site::texts(&page, "main textarea[readonly]");
    assert_eq!((shown[0].as_str(), shown[1].len() > 200_000), ("A lighthouse", true));
}

const ORIGIN: &str = "https://calling.example.org";

/// Headers that say how a page is to be treated, and not when or how long it is.
fn lasting(headers: &HeaderMap) -> Vec<(String, String)> {
    const PASSING: [&str; 5] = ["date", "content-length", "set-cookie", "strict-transport-security", "vary"];
    let mut lasting: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .filter(|(name, _)| !PASSING.contains(&name.as_str()))
        .collect();
    lasting.sort();
    lasting
}

#[actix_web::test]
async fn behind_tls_every_kind_of_answer_reaches_a_plus_by_mozillas_rules() {
    let site = Site::start(&["--public-url", ORIGIN, "--trusted-proxies", "127.0.0.1"]);
    let ask = async |path: &str, scheme: &str| {
        let request = site.client.get(site.url(path)).header("accept", "text/html");
        request.header("x-forwarded-proto", scheme).send().await.unwrap()
    };
    for path in ["/", "/about", "/api", "/api/openapi.json", "/questions/1", "/no/such/page"] {
        let over_http = ask(path, "http").await;
        let location = over_http.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        let over_http = (over_http.status().as_u16(), location);
        let answer = ask(path, "https").await;
        let headers = answer.headers().clone();
        let html = answer.text().await.unwrap();
        let found = points(&Answer { headers: &headers, html: &html, over_http, origin: ORIGIN });
        // 130 is all that these rules give without cookies and without the preload list.
        assert_eq!(score(&found), 130, "{path}: {found:?}");
    }
    // A page that sets cookies.
    let begun =
        site.client.post(site.url("/begin")).form(&[("agree", "1")]).header("x-forwarded-proto", "https");
    let begun = begun.send().await.unwrap();
    let over_http = (308, Some(format!("{ORIGIN}/begin")));
    let found = points(&Answer { headers: begun.headers(), html: "", over_http, origin: ORIGIN });
    assert_eq!((found["cookies"], score(&found)), (5, 135), "{found:?}");
}

#[actix_web::test]
async fn headers_are_the_same_with_and_without_a_proxy() {
    let proxied = Site::start(&["--public-url", ORIGIN, "--trusted-proxies", "127.0.0.1"]);
    let alone = Site::start(&[]);
    for path in ["/", "/about", "/questions/1", "/no/such/page", "/health", "/api/v1/careers"] {
        let through = proxied.client.get(proxied.url(path)).header("x-forwarded-proto", "https");
        let through = through.header("x-forwarded-for", "203.0.113.7").send().await.unwrap();
        let direct = alone.get(path).await;
        assert_eq!(lasting(through.headers()), lasting(direct.headers()), "{path}");
        assert!(through.headers().contains_key("strict-transport-security"), "{path}");
    }
}

#[test]
fn the_rules_take_points_away_from_a_site_that_deserves_it() {
    let headers = |pairs: &[(&'static str, &str)]| {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect::<HeaderMap>()
    };
    let over_http = || (200, None);
    let bare = headers(&[
        ("set-cookie", "a=1"),
        ("access-control-allow-origin", "*"),
        ("access-control-allow-credentials", "true"),
    ]);
    let html = "<script src='http://elsewhere.example/a.js'></script>";
    let found = points(&Answer { headers: &bare, html, over_http: over_http(), origin: ORIGIN });
    for (test, expected) in [
        ("content-security-policy", -25),
        ("cookies", -30),
        ("cross-origin-resource-sharing", -50),
        ("redirection", -20),
        ("strict-transport-security", -20),
        ("subresource-integrity", -50),
        ("x-content-type-options", -5),
        ("x-frame-options", -20),
    ] {
        assert_eq!(found[test], expected, "{test}");
    }
    assert_eq!(score(&found), 0);
    for (policy, expected) in [
        ("default-src 'self'", 5),
        ("default-src 'none'; style-src 'unsafe-inline'", 0),
        ("default-src 'none'; script-src 'self' 'unsafe-eval'", -10),
        ("default-src 'none'; img-src http:", -10),
        ("default-src 'none'; script-src 'unsafe-inline'", -20),
        ("default-src *", -20),
        ("default-src 'none'; connect-src http://a.example", -20),
    ] {
        let headers = headers(&[("content-security-policy", policy)]);
        let found = points(&Answer { headers: &headers, html: "", over_http: over_http(), origin: ORIGIN });
        assert_eq!(found["content-security-policy"], expected, "{policy}");
    }
}
