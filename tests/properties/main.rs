//! Properties on random input: of many calls at once, and of every value that goes in or out.
//!
//! A failure prints the smallest input that fails. Nothing is written beside the tests: a failure that was found becomes a
//! test of its own.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod calls;
#[path = "../json_input/mod.rs"]
mod json_input;
#[path = "../reference_model/mod.rs"]
mod reference_model;
mod values;

use proptest::test_runner::Config;

fn many() -> Config {
    Config { cases: 10_000, failure_persistence: None, ..Config::default() }
}
