//! `POST /api/v1/authorize`: credentials for a token that may start one session.
//!
//! Answers to docs.flinks.com/api/pay/endpoints/authorize/authorize and RFC 6749, sections 2.3.1, 4.4 and 5.1. That the
//! credentials travel as HTTP Basic is inferred from the vendor's curl lines; the form fields are the alternative.

use crate::config::{Config, Credentials};
use crate::host::{Body, Request};
use crate::json::Json;
use crate::secret::Secret;
use crate::text::hex;
use crate::token::{AccessToken, Millis};
use base64ct::{Base64, Encoding};

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
    let encoded = Secret::new(Base64::encode_string(pair.expose().as_bytes()));
    Secret::concat(&["Basic ", encoded.expose()])
}

/// `application/x-www-form-urlencoded` (url.spec.whatwg.org, "urlencoded serializing").
fn encoded(text: &str) -> Secret {
    let mut encoded = String::with_capacity(text.len().saturating_mul(3));
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            b'*' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => encoded.push(char::from(byte)),
            _ => {
                encoded.push('%');
                encoded.extend(hex(byte));
            }
        }
    }
    Secret::new(encoded)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{basic, encoded, read};
    use crate::json::Json;

    #[test]
    fn encodes_as_the_rfcs_do() {
        // RFC 7617, sections 2 and 2.1.
        assert_eq!(basic("Aladdin", "open sesame").expose(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(basic("test", "123£").expose(), "Basic dGVzdDoxMjPCow==");
        // RFC 6749, appendix B: the text " %&+£€".
        assert_eq!(encoded(" %&+£€").expose(), "+%25%26%2B%C2%A3%E2%82%AC");
    }

    #[test]
    fn reads_a_token_that_lives_from_when_it_was_asked_for() {
        let answer = |text: &str| Json::parse(text.as_bytes()).expect("JSON");
        // The documented example, and keys in another case.
        for text in [
            r#"{"access_token":"84002b62-a47e-45a6-97dd-306a8f9721d7","token_type":"bearer","expires_in":299}"#,
            r#"{"Access_Token":"84002b62-a47e-45a6-97dd-306a8f9721d7","Token_Type":"BEARER","Expires_In":299,"scope":"x"}"#,
        ] {
            let token = read(&answer(text), 1_000).expect("a token");
            assert_eq!(token.bearer().expose(), "Bearer 84002b62-a47e-45a6-97dd-306a8f9721d7");
            assert!(token.is_alive(1_000) && token.is_alive(269_999) && !token.is_alive(270_000));
        }
        for text in [
            r#"{"access_token":"t","token_type":"bearer","expires_in":0}"#,
            r#"{"access_token":"t","token_type":"bearer","expires_in":299.0000001}"#,
            r#"{"access_token":"t","token_type":"bearers","expires_in":299}"#,
            r#"{"access_token":null,"token_type":"bearer","expires_in":299}"#,
        ] {
            assert!(read(&answer(text), 1_000).is_none(), "{text}");
        }
    }
}
