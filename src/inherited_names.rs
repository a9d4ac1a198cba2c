//! The names that every JavaScript object inherits. Writing to them would change the object's prototype, or throw where the
//! host's prototypes are frozen: they are refused in input, and dropped from answers.

/// The names of what `Object.prototype` has.
pub const INHERITED_NAMES: [&str; 12] = [
    "__proto__",
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
];

/// Whether every JavaScript object inherits something of this name.
#[must_use]
pub fn is_inherited_name(name: &str) -> bool {
    INHERITED_NAMES.contains(&name)
}
