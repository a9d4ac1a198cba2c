//! What every request with a token has in common: its headers, and JSON as its body.

use crate::config::{Config, TokenHeader};
use crate::host::{Body, Request};
use crate::json::ObjectText;
use crate::secret::Secret;
use crate::token::Token;

/// A POST of a JSON object.
#[must_use]
pub fn post<Right>(config: &Config, path: &str, token: &Token<Right>, body: ObjectText) -> Request {
    let mut headers = headers(config, token);
    headers.push(("content-type", Secret::new("application/json".to_owned())));
    Request { url: [&config.base_url, path].concat(), headers, body: Body::Json(body.end()) }
}

/// A GET.
#[must_use]
pub fn get<Right>(config: &Config, path: &str, token: &Token<Right>) -> Request {
    Request { url: [&config.base_url, path].concat(), headers: headers(config, token), body: Body::None }
}

fn headers<Right>(config: &Config, token: &Token<Right>) -> Vec<(&'static str, Secret)> {
    let token_header = match config.token_header {
        TokenHeader::Authorization => "authorization",
        TokenHeader::BearerToken => "bearertoken",
    };
    let mut headers = vec![("accept", Secret::new("application/json".to_owned())), (token_header, token.bearer())];
    if let Some(instance) = &config.instance {
        headers.push(("baseuri", Secret::new(instance.clone())));
    }
    headers
}
