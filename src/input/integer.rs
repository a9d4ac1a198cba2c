//! Whole numbers within bounds.

use serde::{Deserialize, Deserializer, de::Error};

/// JavaScript's `Number.MAX_SAFE_INTEGER`.
pub const MAX_SAFE_INTEGER: u64 = 9_007_199_254_740_991;

/// A whole number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug)]
pub struct Integer<const MIN: u64, const MAX: u64>(pub u64);

impl<'de, const MIN: u64, const MAX: u64> Deserialize<'de> for Integer<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer).ok().and_then(|number| u64::try_from(number).ok());
        let is_within = |number: &u64| (MIN..=MAX).contains(number);
        let invalid = || D::Error::custom(format!("must be a whole number from {MIN} to {MAX}"));
        number.filter(is_within).map(Integer).ok_or_else(invalid)
    }
}
