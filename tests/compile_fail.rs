//! Programs that must not compile: a token that starts two sessions, or serves a session before it has one.
#![cfg(not(target_arch = "wasm32"))]

#[test]
fn a_token_cannot_be_used_twice() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
