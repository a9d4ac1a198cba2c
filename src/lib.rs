//! Flinks Pay from the edge: the sequence authorize -> initiate -> payment request, written once in Rust and run through
//! the host's own `fetch`.
//!
//! The modules, from the top to the bottom; none imports from one above it, and no two import each other:
//!
//! - `wasm`: the exports for the JavaScript host, built for wasm32 only
//! - [`sequence`]: the async sequences over the trait [`host::Host`]
//! - [`decision`]: what a failed step means and whether it is retried, as one pure table
//! - [`authorize`], [`interac`], [`sessions`], [`webhook`]: one for each family of endpoints, with its shapes as serde
//!   structs and pure functions from values to requests and back, on [`request`]
//! - [`funds`]: what a status means for the money, as one pure table
//! - [`config`], [`host`]: the options of a client; what the core needs of its host
//! - [`input`]: reads everything that a caller gives
//! - [`token_pool`], [`token`], [`ids`], [`json_value`], [`amount`], [`checked_text`], [`origin`], [`secret`], [`error`]:
//!   the values
//!
//! Each file names the public pages of Flinks that it answers to; it was never tried against a live Flinks.

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
