//! The second argument of `fetch`. Every request forbids caching, and follows no redirect, which would carry the token or the
//! payor's data to another host.

use super::host_json::HostJson;
use super::js_value::to_js;
use crate::host::{Body, HeaderValue, Request};
use crate::serde_fields::static_text;
use js_sys::JSON;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use wasm_bindgen::JsValue;
use web_sys::{RequestCache, RequestInit, RequestRedirect};

/// Some firewalls refuse requests without a user agent, and Workers send none.
const USER_AGENT: &str = concat!("flinkspay-edge/", env!("CARGO_PKG_VERSION"));

/// The `RequestInit` of a request.
pub fn request_init(request: &Request<HostJson>, with_user_agent: bool) -> RequestInit {
    let init = RequestInit::new();
    init.set_method(if matches!(request.body, Body::None) { "GET" } else { "POST" });
    match &request.body {
        Body::None | Body::Empty => {}
        Body::Form(form) => init.set_body(&JsValue::from_str(form.expose())),
        Body::Json(HostJson(body)) => {
            // It throws only for values that the core's structs do not have.
            init.set_body(&JSON::stringify(body).map_or(JsValue::UNDEFINED, JsValue::from));
        }
    }
    init.set_headers(&to_js(&SentHeaders { headers: &request.headers, with_user_agent }));
    init.set_redirect(RequestRedirect::Manual);
    if supports_no_store() {
        init.set_cache(RequestCache::NoStore);
    }
    init
}

/// Whether the host takes `cache: "no-store"`: workerd throws before the compatibility date that introduces it. It is tried
/// once, with a request that is not sent.
fn supports_no_store() -> bool {
    thread_local! {
        static SUPPORTED: bool = {
            let init = RequestInit::new();
            init.set_cache(RequestCache::NoStore);
            web_sys::Request::new_with_str_and_init("https://example.com", &init).is_ok()
        };
    }
    SUPPORTED.with(|supported| *supported)
}

/// The headers of a request, as a plain object.
struct SentHeaders<'request> {
    headers: &'request [(&'static str, HeaderValue)],
    with_user_agent: bool,
}

impl Serialize for SentHeaders<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut headers = serializer.serialize_struct("SentHeaders", self.headers.len())?;
        for (name, value) in self.headers {
            headers.serialize_field(name, value)?;
        }
        if self.with_user_agent {
            headers.serialize_field("user-agent", &HeaderValue::Static(USER_AGENT))?;
        }
        headers.end()
    }
}

impl Serialize for HeaderValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Static(text) => static_text(text, serializer),
            Self::Secret(secret) => serializer.serialize_str(secret.expose()),
        }
    }
}
