//! A simulation that runs the real sequences: a stand-in for Flinks Pay that remembers (`flinks`), callers and a network
//! (`state`), what runs them (`simulation`), and the invariants that every request and every result is checked against
//! (`invariants`).
//!
//! A [`simulation::Environment`] decides what happens: `tests/model.rs` goes through all of its choices up to a number of
//! faults, `tests/properties` chooses at random.
#![allow(dead_code, reason = "each of the two suites uses its part")]

pub mod flinks;
pub mod invariants;
pub mod simulation;
pub mod state;
