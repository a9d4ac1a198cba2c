//! Traps on demand, for tests of what happens after a trap. Only builds for tests have this file: a payment whose
//! `referenceId` is `poison:{where}:{kind}` traps there.

use core::hint::black_box;
use wasm_bindgen::JsValue;

/// Traps while the parameters of a call are read, which is synchronous.
pub fn at_input(reference_id: &JsValue) {
    if let Some(kind) = reference_id.as_string().and_then(|id| id.strip_prefix("poison:input:").map(str::to_owned)) {
        trap(&kind);
    }
}

/// Traps when the answer of a step has come, in a microtask.
pub fn at_answer(url: &str, reference_id: Option<&str>) {
    let Some((step, kind)) = reference_id.and_then(|id| id.strip_prefix("poison:")?.split_once(':')) else { return };
    if url.ends_with(step) {
        trap(kind);
    }
}

#[allow(clippy::panic, reason = "it traps on purpose")]
fn trap(kind: &str) {
    match kind {
        "overflow" => drop(black_box(endless(1))),
        "memory" => loop {
            black_box(Vec::<u8>::with_capacity(1_048_576).leak());
        },
        _ => panic!("poison"),
    }
}

#[allow(unconditional_recursion, reason = "it traps on purpose")]
fn endless(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    endless(black_box(depth.wrapping_add(1))).wrapping_add(frame.iter().sum())
}
