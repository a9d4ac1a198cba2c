//! Reads everything that a caller gives: options, parameters, webhooks. Each field is read once, by its name, from whatever
//! object has it. A field that is wrong or unknown is refused with its path and never left out silently.

mod integer;
mod invalid_value;
mod reader;
mod value;

pub use integer::{Integer, MAX_SAFE_INTEGER};
pub use invalid_value::InvalidValue;
pub use reader::{read, read_ignoring_unknown};
pub use value::{InputValue, ValueKind};

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
