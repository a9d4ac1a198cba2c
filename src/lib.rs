//! Flinks Pay from the edge: the sequence authorize -> initiate -> payment request, written once in Rust and run through
//! the host's own `fetch`.
//!
//! The rooms, from the top of the tower to its foot; nothing imports from a room above it:
//!
//! - `wasm`: the door to the JavaScript host, built for wasm32 alone
//! - [`sequence`]: the async sequences over the trait [`host::Host`]
//! - [`decision`]: what a step's result means and whether it is tried again, as one pure table
//! - [`authorize`], [`interac`], [`sessions`], [`webhook`]: one file for each family of endpoints, pure functions from
//!   values to requests and back, on [`request`] and [`text`]
//! - [`config`], [`host`]: what a client is built with; what the core asks of the world
//! - [`token`], [`secret`], [`amount`], [`json`], [`error`]: the values
//!
//! The public pages of Flinks are named in each file; no live host has been tried.

pub mod amount;
pub mod authorize;
pub mod config;
pub mod decision;
pub mod error;
pub mod host;
pub mod interac;
pub mod json;
pub mod request;
pub mod secret;
pub mod sequence;
pub mod sessions;
pub mod text;
pub mod token;
#[cfg(target_arch = "wasm32")]
pub mod wasm;
pub mod webhook;
