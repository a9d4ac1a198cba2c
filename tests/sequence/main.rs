//! The sequences over a scripted host with a virtual clock: no JavaScript, no network, no waiting.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "../json_input/mod.rs"]
mod json_input;
mod other_calls;
mod payments;
mod retries;
#[path = "../scripted_host/mod.rs"]
mod scripted_host;
mod sessions;
mod support;
mod tokens;
