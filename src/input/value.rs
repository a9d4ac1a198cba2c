//! What the reader needs of a value that a caller gives. The JavaScript host implements it, and JSON does in the tests.

/// A value from the caller, in the form that the host has it.
pub trait InputValue: Sized {
    /// What kind of value it is.
    fn kind(&self) -> ValueKind<Self>;
    /// Whether the value is missing. It is asked first, so a host may answer it faster than `kind`.
    fn is_missing(&self) -> bool {
        matches!(self.kind(), ValueKind::Missing)
    }
    /// The value of a field, own or inherited from a class; `None` where reading it fails.
    fn field(&self, name: &str) -> Option<Self>;
    /// The names of its own fields that JSON would write; `None` where they cannot be listed.
    fn field_names(&self) -> Option<Vec<String>>;
    /// What its `toJSON` gives, if it has one, as dates and URLs do.
    fn to_json(&self) -> Option<Self>;
    /// Whether its content is in its fields; that of a map, a date or a promise is not.
    fn is_plain(&self) -> bool {
        true
    }
    /// Whether it must be awaited first.
    fn is_promise(&self) -> bool {
        false
    }
}

/// The kinds of values.
pub enum ValueKind<V> {
    /// `undefined`, or a field that is not there.
    Missing,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number; NaN and the infinities too, which JSON does not have.
    Number(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<V>),
    /// An object with fields.
    Object,
    /// What JSON does not have, such as a function.
    Other,
}
