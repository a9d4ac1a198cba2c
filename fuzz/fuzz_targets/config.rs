//! The client's options: the first lines are `baseUrl`, the last is a JSON object of the others. A URL parser reads every
//! accepted origin as that origin and nothing more, and what goes into headers is valid there.
#![no_main]

use flinkspay_edge::authorize;
use flinkspay_edge::config::Config;
use flinkspay_edge::host::{Body, Request};
use flinkspay_edge_fuzz::{PlainJson, is_named, json_input, parse};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::net::Ipv6Addr;
use url::{Host, Url};

fuzz_target!(|text: &str| {
    let Some((base_url, others)) = text.rsplit_once('\n') else { return };
    let mut options = match parse(others.as_bytes()) {
        Some(Value::Object(options)) => options,
        _ => serde_json::Map::new(),
    };
    options.insert("baseUrl".to_owned(), Value::from(base_url));
    match Config::new(json_input::JsonInput::from(Value::Object(options)), &[]) {
        Ok(config) => check(base_url, &config),
        Err(error) => assert!(is_named(&error), "{error:?}"),
    }
});

fn check(given: &str, config: &Config) {
    is_that_origin(given, &config.base_url);
    assert!(config.timeout_ms >= 1 && config.deadline_ms >= 1);
    for secret in [&config.username, &config.password] {
        assert!(!secret.expose().is_empty() && !secret.expose().chars().any(char::is_control));
    }
    let request: Request<PlainJson> = authorize::request(config);
    assert_eq!(request.url, format!("{}/api/v1/authorize", config.base_url));
    let texts = [&config.instance, &config.client_id].into_iter().flatten().map(String::as_str);
    for value in request.headers.iter().map(|(_, value)| value.expose()).chain(texts) {
        assert!(!value.is_empty() && value.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{value:?}");
    }
    let Body::Form(form) = request.body else { panic!("authorize is a form") };
    let fields: Vec<_> = form.expose().split('&').map(|field| field.split_once('=').expect("a field").0).collect();
    assert!(fields == ["grant_type"] || fields == ["grant_type", "Username", "Password"], "{fields:?}");
}

fn is_that_origin(given: &str, kept: &str) {
    assert!(kept.eq_ignore_ascii_case(given.strip_suffix('/').unwrap_or(given)), "{given:?} became {kept:?}");
    let url = match Url::parse(kept) {
        Ok(url) => url,
        // Whether punycode is valid depends on tables; an invalid name reaches no host.
        Err(_) if kept.contains("xn--") => return,
        Err(error) => panic!("{kept:?}: {error}"),
    };
    let host = url.host_str().expect("a host");
    assert!(
        url.scheme() == "https" || (url.scheme() == "http" && ["127.0.0.1", "[::1]", "localhost"].contains(&host)),
        "{kept:?}"
    );
    let more = (url.username(), url.password(), url.path(), url.query(), url.fragment());
    assert_eq!(more, ("", None, "/", None, None), "{kept:?}");

    let authority = kept.split_once("://").expect("a scheme").1;
    let written = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => {
            assert_eq!(port.parse().ok(), url.port_or_known_default(), "{kept:?}");
            host
        }
        _ => authority,
    };
    match url.host() {
        // An IPv6 address has many spellings; it must be the same address.
        Some(Host::Ipv6(address)) => {
            let spelt: Option<Ipv6Addr> = written.trim_start_matches('[').trim_end_matches(']').parse().ok();
            assert_eq!(spelt, Some(address), "{kept:?}");
        }
        _ => assert_eq!(host, written, "a URL parser reads another host"),
    }
}
