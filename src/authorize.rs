//! `POST /api/v1/authorize`: credentials for a token that may start one session.
//!
//! Answers to docs.flinks.com/api/pay/endpoints/authorize/authorize and RFC 6749, sections 2.3.1, 4.4 and 5.1. That the
//! credentials travel as HTTP Basic is inferred from the vendor's curl lines; the form fields are the alternative.

use crate::config::{Config, Credentials};
use crate::host::{Body, Request};
use crate::json::Json;
use crate::secret::Secret;
use crate::token::{AccessToken, Millis};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The request that asks for a token.
#[must_use]
pub fn request(config: &Config) -> Request {
    let (username, password) = (config.username.expose(), config.password.expose());
    let mut headers = vec![
        ("accept", Secret::new("application/json".to_owned())),
        ("content-type", Secret::new("application/x-www-form-urlencoded".to_owned())),
    ];
    let mut form = Secret::new("grant_type=client_credentials".to_owned());
    match config.credentials {
        Credentials::BasicRaw => headers.push(("authorization", basic(username, password))),
        Credentials::BasicRfc6749 => {
            headers.push(("authorization", basic(encoded(username).expose(), encoded(password).expose())));
        }
        Credentials::Form => {
            form = Secret::concat(&[
                form.expose(),
                "&Username=",
                encoded(username).expose(),
                "&Password=",
                encoded(password).expose(),
            ]);
        }
    }
    Request { url: [&config.base_url, "/api/v1/authorize"].concat(), headers, body: Body::Form(form) }
}

/// The token of an answer to a request that was sent at `asked_at`. `None` if a key is missing or not of its type: an
/// `expires_in` that is no whole number from 1 must not mean "forever".
#[must_use]
pub fn read(answer: &Json, asked_at: Millis) -> Option<AccessToken> {
    let is_bearer = answer.get("token_type")?.text()?.eq_ignore_ascii_case("bearer");
    let Json::Integer(expires_in @ 1..) = *answer.get("expires_in")? else { return None };
    let text = answer.get("access_token")?.text()?;
    if is_bearer { AccessToken::new(text.to_owned(), asked_at, expires_in.unsigned_abs()) } else { None }
}

fn basic(username: &str, password: &str) -> Secret {
    let pair = Secret::concat(&[username, ":", password]);
    let encoded = Secret::new(STANDARD.encode(pair.expose()));
    Secret::concat(&["Basic ", encoded.expose()])
}

fn encoded(text: &str) -> Secret {
    Secret::concat(&form_urlencoded::byte_serialize(text.as_bytes()).collect::<Vec<_>>())
}
