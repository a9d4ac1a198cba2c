//! `POST /api/v1/authorize`: exchanges the credentials for a token that may start one session.
//!
//! Follows docs.flinks.com/api/pay/endpoints/authorize/authorize and RFC 6749, sections 2.3.1, 4.4 and 5.1. That the
//! credentials travel as HTTP Basic is inferred from the vendor's curl lines; the form fields are the alternative.

use crate::config::{Config, Credentials};
use crate::host::{Body, HeaderValue, Request};
use crate::secret::Secret;
use crate::token::{AccessToken, Millis};
use base64ct::{Base64, Encoding};
use form_urlencoded::byte_serialize;
use serde::Deserialize;

/// The answer; keys in any case.
#[derive(Deserialize)]
pub struct Authorized {
    #[serde(alias = "Access_token", alias = "Access_Token", alias = "ACCESS_TOKEN")]
    access_token: String,
    #[serde(alias = "Token_type", alias = "Token_Type", alias = "TOKEN_TYPE")]
    token_type: String,
    #[serde(alias = "Expires_in", alias = "Expires_In", alias = "EXPIRES_IN")]
    expires_in: i64,
}

/// The request that asks for a token.
#[must_use]
pub fn request<J>(config: &Config) -> Request<J> {
    let (username, password) = (config.username.expose(), config.password.expose());
    let mut headers = vec![
        ("accept", HeaderValue::Static("application/json")),
        ("content-type", HeaderValue::Static("application/x-www-form-urlencoded")),
    ];
    let mut form = Secret::new("grant_type=client_credentials".to_owned());
    let mut authorize = |credentials| headers.push(("authorization", HeaderValue::Secret(credentials)));
    match config.credentials {
        Credentials::BasicRaw => authorize(basic(username, password)),
        Credentials::BasicRfc6749 => authorize(basic(encoded(username).expose(), encoded(password).expose())),
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
    Request { url: format!("{}/api/v1/authorize", config.base_url), headers, body: Body::Form(form) }
}

/// The token from the answer to a request that was sent at `asked_at`. `None` if it is no bearer token, or if `expires_in`
/// is below 1: that must not mean "forever".
#[must_use]
pub fn read(answer: Authorized, asked_at: Millis) -> Option<AccessToken> {
    // Wrapped first, so that a refused token is overwritten too.
    let token = AccessToken::new(answer.access_token, asked_at, answer.expires_in.unsigned_abs());
    let is_bearer = answer.token_type.eq_ignore_ascii_case("bearer");
    if is_bearer && answer.expires_in >= 1 { token } else { None }
}

fn basic(username: &str, password: &str) -> Secret {
    let pair = Secret::concat(&[username, ":", password]);
    let encoded = Secret::new(Base64::encode_string(pair.expose().as_bytes()));
    Secret::concat(&["Basic ", encoded.expose()])
}

/// `application/x-www-form-urlencoded` (url.spec.whatwg.org, "urlencoded serializing").
fn encoded(text: &str) -> Secret {
    let parts: Vec<_> = byte_serialize(text.as_bytes()).collect();
    Secret::concat(&parts)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{basic, encoded};
    use crate::token::AccessToken;

    #[test]
    fn encodes_as_the_rfcs_do() {
        // RFC 7617, sections 2 and 2.1.
        assert_eq!(basic("Aladdin", "open sesame").expose(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(basic("test", "123£").expose(), "Basic dGVzdDoxMjPCow==");
        // RFC 6749, appendix B: the text " %&+£€".
        assert_eq!(encoded(" %&+£€").expose(), "+%25%26%2B%C2%A3%E2%82%AC");
    }

    fn read(answer: &str, asked_at: u64) -> Option<AccessToken> {
        super::read(serde_json::from_str(answer).ok()?, asked_at)
    }

    #[test]
    fn reads_a_token_whose_life_begins_when_it_was_requested() {
        // The documented example, and keys in another case.
        for text in [
            r#"{"access_token":"84002b62-a47e-45a6-97dd-306a8f9721d7","token_type":"bearer","expires_in":299}"#,
            r#"{"Access_Token":"84002b62-a47e-45a6-97dd-306a8f9721d7","Token_Type":"BEARER","Expires_In":299,"scope":"x"}"#,
        ] {
            let token = read(text, 1_000).expect("a token");
            assert_eq!(token.bearer().expose(), "Bearer 84002b62-a47e-45a6-97dd-306a8f9721d7");
            assert!(token.is_alive(1_000) && token.is_alive(269_999) && !token.is_alive(270_000));
        }
        for text in [
            r#"{"access_token":"t","token_type":"bearer","expires_in":0}"#,
            r#"{"access_token":"t","token_type":"bearer","expires_in":299.0000001}"#,
            r#"{"access_token":"t","token_type":"bearers","expires_in":299}"#,
            r#"{"access_token":null,"token_type":"bearer","expires_in":299}"#,
        ] {
            assert!(read(text, 1_000).is_none(), "{text}");
        }
    }
}
