//! The exports of the module, in Node and in Chromium: what the client does with a `fetch`, a signal and real Response
//! objects. The upstream is a function, since only this side of it is tested.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod amounts;
mod answers;
mod hooks;
mod hostile_input;
mod input;
mod prototype;
mod support;
mod webhooks;
