//! Exact Canadian money: decimal text at every boundary, integer cents inside.
//!
//! Flinks takes an exact amount that the payor cannot change (docs.flinks.com/api/pay/endpoints/e-transfer/sessions-initiate).

use core::fmt;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount above zero, in cents: at most 999,999,999,999,999, fifteen digits, which a JSON number carries exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(u64);

impl Amount {
    /// The largest amount of a guaranteed EFT (docs.flinks.com/api/pay/endpoints/geft/sessions-initiate). Another page says
    /// that each account has its own.
    pub const LARGEST_GEFT: Self = Self(9_999_999);

    /// Reads `(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?`, above zero; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (dollars, cents) = match text.split_once('.') {
            Some((dollars, cents)) => (dollars, Some(cents)),
            None => (text, None),
        };
        let has_leading_zero = dollars.len() > 1 && dollars.starts_with('0');
        if dollars.len() > 13 || has_leading_zero {
            return None;
        }
        let cents = match cents {
            None => 0,
            // One digit stands for tens: ".5" is fifty cents.
            Some(tens) if tens.len() == 1 => parse_digits(tens)?.checked_mul(10)?,
            Some(cents) if cents.len() == 2 => parse_digits(cents)?,
            Some(_) => return None,
        };
        let cents = parse_digits(dollars)?.checked_mul(100)?.checked_add(cents)?;
        (cents > 0).then_some(Self(cents))
    }

    /// The amount in cents.
    #[must_use]
    pub const fn cents(self) -> u64 {
        self.0
    }
}

/// Always with two decimals: `12.50`.
impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// A caller gives an amount as text only.
impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer).ok();
        text.as_deref().and_then(Self::parse).ok_or_else(|| {
            D::Error::custom(
                "must be Canadian dollars above zero as text, such as \"12.50\": up to 13 digits, up to 2 decimals. A \
                 JavaScript number cannot hold every amount of cents",
            )
        })
    }
}

/// Flinks gets a JSON number, where its documents say that the amount is a decimal.
impl Serialize for Amount {
    #[allow(clippy::cast_precision_loss, reason = "fifteen digits are exact")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Both operands are exact, and IEEE 754 rounds a division to the nearest double. Every reader of JSON makes the
        // same double of the amount's text, and every writer prints it with the same digits.
        serializer.serialize_f64(self.0 as f64 / 100.0)
    }
}

/// Money in an answer from Flinks, as text: with two decimals where it is an [`Amount`], and otherwise as it was written,
/// since a balance may be zero or negative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Money(String);

impl Money {
    /// Whether it is an [`Amount`].
    #[must_use]
    pub fn is_amount(&self) -> bool {
        Amount::parse(&self.0).is_some()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads text, or the shortest digits of a number; `None` for what is no decimal.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(amount) = Amount::parse(text) {
            return Some(Self(amount.to_string()));
        }
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        (parse_digits(whole).is_some() && parse_digits(decimals).is_some()).then(|| Self(text.to_owned()))
    }
}

/// Reads one or more ASCII digits; `parse` alone would take a sign too.
fn parse_digits(text: &str) -> Option<u64> {
    let are_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if are_digits { text.parse().ok() } else { None }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{Amount, Money};
    use proptest::prelude::*;

    #[test]
    fn parses_valid_amounts() {
        for (text, cents) in [
            ("1", 100),
            ("0.01", 1),
            ("0.1", 10),
            ("12.5", 1250),
            ("12.50", 1250),
            ("19.99", 1999),
            ("9999999999999.99", 999_999_999_999_999),
        ] {
            assert_eq!(Amount::parse(text).map(Amount::cents), Some(cents), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "",
            "0",
            "0.0",
            "0.00",
            "-1",
            "+1",
            "1.",
            ".5",
            "1.234",
            "01",
            "00",
            "1e3",
            "1,50",
            " 1",
            "1 ",
            "NaN",
            "∞",
            "１",
            "1.5.0",
            "1.+5",
            "12345678901234",
            "0x10",
            "1_000",
            "1\n",
        ] {
            assert_eq!(Amount::parse(text), None, "{text:?}");
        }
    }

    /// The digits of a JSON number, as cents.
    fn cents_of(number: &str) -> Option<u64> {
        let (dollars, decimals) = number.split_once('.').unwrap_or((number, ""));
        let decimals = format!("{:0<2}", decimals.trim_end_matches('0'));
        if decimals.len() == 2 { format!("{dollars}{decimals}").parse().ok() } else { None }
    }

    #[test]
    fn the_smallest_and_the_largest_amount_are_sent_with_their_own_digits() {
        for (cents, sent) in [
            (1, "0.01"),
            (10, "0.1"),
            (1_250, "12.5"),
            (100, "1.0"),
            (999_999_999_999_998, "9999999999999.98"),
            (999_999_999_999_999, "9999999999999.99"),
        ] {
            assert_eq!(serde_json::to_string(&Amount(cents)).expect("a number"), sent);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_json_number_has_the_same_cents(cents in prop_oneof![1_u64..=999_999_999_999_999, 1_u64..10_000_000]) {
            let sent = serde_json::to_string(&Amount(cents)).expect("a number");
            prop_assert_eq!(cents_of(&sent), Some(cents), "{}", sent);
            let money = Money::parse(&sent).expect("money");
            prop_assert_eq!(Amount::parse(money.as_str()), Some(Amount(cents)));
        }
    }

    proptest! {
        #[test]
        fn a_printed_amount_is_parsed_back(cents in 1_u64..=999_999_999_999_999) {
            let amount = Amount(cents);
            prop_assert_eq!(Amount::parse(&amount.to_string()), Some(amount));
        }

        #[test]
        fn no_text_makes_parse_panic(text in ".*") {
            if let Some(amount) = Amount::parse(&text) {
                prop_assert!(amount.cents() > 0);
            }
        }
    }
}
