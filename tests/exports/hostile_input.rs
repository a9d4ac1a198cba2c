//! Wrong values, getters and proxies that throw, objects that are not plain, and endless objects: each is refused by its path,
//! and none traps.

use super::input::{READERS, paths_of, refused_field};
use super::support::{call, client, code_and_field, evaluate, params, settle};
use js_sys::Object;
use std::collections::HashSet;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

/// Values that are neither text nor a plain object nor a boolean.
const WRONG_VALUES: [&str; 13] = [
    "NaN",
    "Infinity",
    "-Infinity",
    "7",
    "null",
    "() => 'text'",
    "Symbol('text')",
    "10n",
    "new Date(NaN)",
    "['text']",
    "''",
    "{ toJSON() { throw new Error('no') } }",
    "(() => { const { proxy, revoke } = Proxy.revocable([], {}); revoke(); return proxy; })()",
];

/// Proxies that throw, and the field that the error names: `?` is one inside it.
const THROWING_PROXIES: [(&str, &str); 4] = [
    ("new Proxy(@, { ownKeys() { throw new Error('no') } })", ""),
    ("new Proxy(@, { get() { throw new Error('no') } })", "?"),
    ("new Proxy(@, { getOwnPropertyDescriptor() { throw new Error('no') } })", ""),
    ("(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()", ""),
];

#[wasm_bindgen_test]
async fn wrong_values_are_refused_by_path() {
    let client = client("");
    for reader in READERS {
        for path in paths_of(reader) {
            // It is not read on a server, and must be true in a window.
            if path == "allowCredentialsInBrowser" {
                continue;
            }
            // JSON that is passed through, which may have most values.
            let is_open = ["clientUris.", "options.redirectPreferences.", "schedule", "guaranteeDetails"]
                .iter()
                .any(|open| path.starts_with(open));
            for given in WRONG_VALUES {
                let is_object = given.contains("Date") || given.contains("toJSON") || given.starts_with('[');
                let script = format!("return changed({reader}, '{path}', {given})");
                let found = refused_field(&client, reader, &script).await;
                let is_taken = match path.as_str() {
                    "timeoutMs" | "deadlineMs" | "warmTokens" | "toleranceSeconds" => given == "7",
                    "fetch" | "onEvent" | "beforeSend" => given == "() => 'text'",
                    // null means no signal, as with `fetch` itself.
                    "signal" => given == "null",
                    "secrets" => given == "['text']",
                    "body" => given == "''",
                    // They have no signature header.
                    "headers" => is_object && given != "['text']",
                    _ if is_open => matches!(given, "7" | "null" | "''" | "['text']" | "new Date(NaN)"),
                    path => path.starts_with("headers.") && matches!(given, "null" | "''" | "['text']"),
                };
                let found = match found {
                    // A field inside it is missing or unknown.
                    Some(field) if is_object && field.starts_with(&format!("{path}.")) => Some(path.clone()),
                    found => found,
                };
                assert_eq!(found, (!is_taken).then(|| path.clone()), "{script}");
            }
        }
    }
}

#[wasm_bindgen_test]
async fn getters_that_throw_are_refused_by_path() {
    let client = client("");
    for reader in READERS {
        for path in paths_of(reader) {
            if path == "allowCredentialsInBrowser" || path.starts_with("headers.") {
                continue;
            }
            let (holder, name) = path.rsplit_once('.').unwrap_or(("", &path));
            let inner = format!(
                "Object.defineProperty({{ ...at('{holder}') }}, '{name}', {{ enumerable: true, get() {{ throw 1 }} }})"
            );
            let script = format!(
                "const at = (path) => path ? path.split('.').reduce((value, name) => value[name], {reader}) : {reader}; \
                 return {};",
                if holder.is_empty() { inner } else { format!("changed({reader}, '{holder}', {inner})") }
            );
            assert_eq!(refused_field(&client, reader, &script).await, Some(path.clone()), "{script}");
        }
    }
}

#[wasm_bindgen_test]
async fn proxies_that_throw_are_refused_without_a_trap() {
    let client = client("");
    for reader in READERS {
        let holders = paths_of(reader).into_iter().filter_map(|path| Some(path.rsplit_once('.')?.0.to_owned()));
        let holders: HashSet<_> = holders.collect();
        for holder in holders {
            for (proxy, found) in THROWING_PROXIES {
                let proxy = proxy
                    .replace('@', &format!("'{holder}'.split('.').reduce((value, name) => value[name], {reader})"));
                let script = format!("return changed({reader}, '{holder}', {proxy})");
                let refused = refused_field(&client, reader, &script).await;
                if holder == "headers" {
                    continue;
                }
                let field = refused.expect(&script);
                let is_there = if found == "?" { field.starts_with(&holder) } else { field == holder };
                assert!(is_there, "{field}: {script}");
            }
        }
        for (proxy, _) in THROWING_PROXIES {
            let script = format!("return {};", proxy.replace('@', reader));
            // Other fields of an answer are not read.
            let is_seen = reader != "kept" || proxy.contains(" get() ") || proxy.contains("revoke");
            assert_eq!(refused_field(&client, reader, &script).await.is_some(), is_seen, "{script}");
        }
    }
}

/// Values without the fields of call options, or of another object whose fields are all optional.
const NOT_PLAIN_OBJECTS: [&str; 14] = [
    "[]",
    "new Map([['language', 'FR'], ['signal', null]])",
    "new Set()",
    "new Date(0)",
    "new Date(NaN)",
    "Promise.resolve({})",
    "new Error('no')",
    "/a/",
    "new Uint8Array(0)",
    "new URLSearchParams('language=FR')",
    "new Headers()",
    "new Boolean(true)",
    "7",
    "() => {}",
];

#[wasm_bindgen_test]
async fn objects_that_are_not_plain_are_refused_where_all_fields_are_optional() {
    let client = client("");
    for given in NOT_PLAIN_OBJECTS {
        let params = params();
        let options = evaluate(&format!("return {given}"));
        let said = code_and_field(call(&client, "startPayment", &params, &options)).await;
        assert_eq!(said, ["invalid_input", "options"].map(str::to_owned), "{given}");
        let known = refused_field(&client, "known", &format!("return {given}")).await;
        assert_eq!(known.as_deref(), Some("options"), "{given}");
        for path in ["options", "options.notificationPreferences"] {
            let script = format!("return changed(session, '{path}', {given})");
            assert_eq!(refused_field(&client, "session", &script).await.as_deref(), Some(path), "{script}");
        }
        for path in ["options.limits", "payor.address"] {
            let script = format!("return changed(geft, '{path}', {given})");
            assert_eq!(refused_field(&client, "geft", &script).await.as_deref(), Some(path), "{script}");
        }
    }
    let signal =
        code_and_field(call(&client, "startPayment", &params(), &evaluate("return new AbortController().signal")))
            .await;
    assert_eq!(signal, ["invalid_input", "options"].map(str::to_owned));
    assert_eq!(evaluate("return sent.length"), JsValue::from(0));
    // A class with a tag of its own, and fields.
    for named in ["get signal() { return undefined; } get onEvent() { return () => {}; }", "beforeSend() {}"] {
        let options =
            evaluate(&format!("return new (class {{ get [Symbol.toStringTag]() {{ return 'Mine'; }} {named} }})();"));
        settle(call(&client, "startPayment", &params(), &options)).await.expect("a payment");
    }
    let script = "return changed(geft, 'options.limits', new (class { get [Symbol.toStringTag]() { return 'Mine'; } \
        get minimumAmount() { return '1.00'; } })())";
    assert_eq!(refused_field(&client, "geft", script).await, None);
    settle(call(&client, "startPayment", &params(), &Object::new())).await.expect("a payment");
}

#[wasm_bindgen_test]
async fn endless_input_is_refused_by_path() {
    let client = client("");
    let script = "const a = {}; a.a = a; return { ...payment, clientUris: a }";
    assert_eq!(refused_field(&client, "payment", script).await.as_deref(), Some("clientUris.a.a.a.a.a.a.a.a"));
    let script = "const a = []; a.push(a); return { ...payment, clientUris: { a } }";
    assert_eq!(refused_field(&client, "payment", script).await.as_deref(), Some("clientUris.a"));
    let script = "const a = { toJSON: () => a }; return { ...payment, clientUris: { a } }";
    assert_eq!(refused_field(&client, "payment", script).await.as_deref(), Some("clientUris.a"));
    let script = "return { ...payment, clientUris: { list: Array(1e6) } }";
    assert_eq!(refused_field(&client, "payment", script).await.as_deref(), Some("clientUris.list"));
    let script = "return { ...payment, clientUris: { list: new Proxy([], { get: (_, name) => name === 'length' ? 2 ** 53 : 1 }) } }";
    assert_eq!(refused_field(&client, "payment", script).await.as_deref(), Some("clientUris.list"));
}
