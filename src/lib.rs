//! Flinks Pay from the edge: the sequence authorize -> initiate -> payment request, written once in Rust and run through
//! the host's own `fetch`.
//!
//! ARCHITECTURE.md lists the modules by layer. Files about Flinks' API name the public pages that they follow. Nothing was
//! tried against a live host.

pub mod amount;
pub mod authorize;
pub mod checked_text;
pub mod config;
pub mod decision;
pub mod error;
pub mod funds;
pub mod host;
pub mod ids;
mod inherited_names;
pub mod input;
pub mod interac;
pub mod json_value;
pub mod origin;
pub mod request;
pub mod secret;
pub mod sequence;
mod serde_fields;
pub mod sessions;
pub mod token;
pub mod token_pool;
#[cfg(target_arch = "wasm32")]
pub mod wasm;
pub mod webhook;

#[cfg(all(test, not(target_arch = "wasm32")))]
extern crate self as flinkspay_edge;
#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "../tests/json_input/mod.rs"]
mod json_input;
