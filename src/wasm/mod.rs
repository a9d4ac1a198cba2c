//! The exports for the JavaScript host: the client, webhooks, and what a status means for the money.

mod bindings;
mod body;
mod client;
mod fetch;
mod funds;
mod headers;
mod host_json;
mod js_value;
#[cfg(feature = "poison")]
mod poison;
mod request_init;
mod running_call;
mod webhook;

pub use bindings::HostCall;
pub use client::Client;
pub use funds::funds_of;
pub use webhook::{sign_webhook, verify_webhook};

/// Small code, and memory that grows a page at a time.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
