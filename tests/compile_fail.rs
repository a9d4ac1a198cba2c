//! Programs that must not compile: a token that starts two sessions, serves a session before it has one, or reads and starts
//! one.
#![cfg(not(target_arch = "wasm32"))]

#[test]
fn a_token_cannot_be_used_twice() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
