//! What every request with a token has in common: its headers, and its body of JSON.

use crate::config::{Config, TokenHeader};
use crate::host::{Body, HeaderValue, Json, Request};
use crate::secret::Secret;
use crate::token::Token;
use serde::Serialize;

/// A POST of a JSON object.
#[must_use]
pub fn post<J: Json, Right>(config: &Config, path: &str, token: &Token<Right>, body: &impl Serialize) -> Request<J> {
    let mut headers = headers(config, token);
    headers.push(("content-type", HeaderValue::Static("application/json")));
    Request { url: format!("{}{path}", config.base_url), headers, body: Body::Json(J::write(body)) }
}

/// A POST without a body.
#[must_use]
pub fn post_empty<J, Right>(config: &Config, path: &str, token: &Token<Right>) -> Request<J> {
    Request { body: Body::Empty, ..get(config, path, token) }
}

/// A GET.
#[must_use]
pub fn get<J, Right>(config: &Config, path: &str, token: &Token<Right>) -> Request<J> {
    Request { url: format!("{}{path}", config.base_url), headers: headers(config, token), body: Body::None }
}

fn headers<Right>(config: &Config, token: &Token<Right>) -> Vec<(&'static str, HeaderValue)> {
    let token_header = match config.token_header {
        TokenHeader::Authorization => "authorization",
        TokenHeader::BearerToken => "bearertoken",
    };
    let mut headers =
        vec![("accept", HeaderValue::Static("application/json")), (token_header, HeaderValue::Secret(token.bearer()))];
    if let Some(instance) = &config.instance {
        headers.push(("baseuri", HeaderValue::Secret(Secret::new(instance.clone()))));
    }
    headers
}
