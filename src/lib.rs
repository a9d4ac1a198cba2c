//! Flinks Pay from the edge: the sequence authorize -> initiate -> payment request, written once in Rust and run through
//! the host's own `fetch`.
//!
//! The rooms, from the top of the tower to its foot; nothing imports from a room above it:
//!
//! - `wasm`: the door to the JavaScript host, built for wasm32 alone
//! - [`sequence`]: the async sequences over the trait [`host::Host`]
//! - [`decision`]: what a step's result means and whether it is tried again, as one pure table
//! - [`authorize`], [`interac`], [`sessions`], [`webhook`]: one file for each family of endpoints, its shapes as serde
//!   structs and pure functions from values to requests and back, on [`request`]
//! - [`funds`]: what a status means for the money, as one pure table
//! - [`config`], [`host`]: what a client is built with; what the core asks of the world
//! - [`input`]: one reading for all that a caller gives
//! - [`token`], [`secret`], [`amount`], [`text`], [`open`], [`error`]: the values
//!
//! The public pages of Flinks are named in each file; no live host has been tried.

pub mod amount;
mod answer;
pub mod authorize;
pub mod config;
pub mod decision;
pub mod error;
pub mod funds;
pub mod host;
pub mod input;
pub mod interac;
pub mod open;
pub mod request;
pub mod secret;
pub mod sequence;
pub mod sessions;
pub mod text;
pub mod token;
#[cfg(target_arch = "wasm32")]
pub mod wasm;
pub mod webhook;

#[cfg(all(test, not(target_arch = "wasm32")))]
extern crate self as flinkspay_edge;
#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "../tests/given/mod.rs"]
mod given;
