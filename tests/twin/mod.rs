//! A simulation that both suites of invariants run the real sequences in: a stand-in for Flinks Pay that remembers
//! (`upstream`), a host whose requests, clock and crashes are in somebody else's hand (`world`), and the laws that every
//! request and every answer to a caller is held to (`laws`).
//!
//! Who decides what happens is an [`world::Environment`]: `tests/model.rs` goes through all of its choices up to a number
//! of faults, `tests/properties.rs` rolls dice.
#![allow(dead_code, reason = "each of the two suites uses its part")]

pub mod laws;
pub mod upstream;
pub mod world;
