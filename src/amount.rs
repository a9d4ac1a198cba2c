//! Exact Canadian money: decimal text outside, integer cents inside.
//!
//! Flinks takes an exact amount that the payor cannot change (docs.flinks.com/api/pay/endpoints/e-transfer/sessions-initiate).

use core::fmt;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount above zero, in cents: at most 999,999,999,999,999, fifteen digits, which a JSON number carries exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(u64);

impl Amount {
    /// The most that a guaranteed EFT may be about (docs.flinks.com/api/pay/endpoints/geft/sessions-initiate). Another page
    /// says that it is an account's own setting.
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
            Some(tens) if tens.len() == 1 => digits(tens)?.checked_mul(10)?,
            Some(cents) if cents.len() == 2 => digits(cents)?,
            Some(_) => return None,
        };
        let cents = digits(dollars)?.checked_mul(100)?.checked_add(cents)?;
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

/// What a caller gives: text alone.
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

/// What Flinks gets where its documents say that the amount is a decimal: a JSON number.
impl Serialize for Amount {
    #[allow(clippy::cast_precision_loss, reason = "fifteen digits are exact")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Both operands are exact, and one division is rounded to the nearest double (IEEE 754): it is the double that every
        // reader of JSON makes of the amount's text, and that is written as these digits again.
        serializer.serialize_f64(self.0 as f64 / 100.0)
    }
}

/// One or more ASCII digits alone: `parse` would take a sign too.
pub(crate) fn digits(text: &str) -> Option<u64> {
    let are_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if are_digits { text.parse().ok() } else { None }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::Amount;
    use crate::given::Plain;
    use crate::open::Money;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn reads_what_the_contract_allows() {
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

    #[test]
    fn money_of_an_answer_is_text() {
        let money = |value: Value| serde_json::from_value::<Money>(value).ok().map(|money| money.as_str().to_owned());
        for (value, text) in [
            (json!(12.5), "12.50"),
            (json!(12), "12.00"),
            (json!("12.5"), "12.50"),
            (json!(0), "0"),
            (json!(-5.25), "-5.25"),
            (json!(0.125), "0.125"),
            (json!(9_999_999_999_999.99), "9999999999999.99"),
            (json!(9_007_199_254_740_993_u64), "9007199254740993"),
            (json!("-0.5"), "-0.5"),
        ] {
            assert_eq!(money(value.clone()).as_deref(), Some(text), "{value}");
        }
        for value in
            [json!(null), json!(true), json!(""), json!("1e3"), json!("1-"), json!("12,5"), json!([1]), json!({})]
        {
            assert_eq!(money(value.clone()), None, "{value}");
        }
        assert!(Money::parse("0.01").is_some_and(|money| money.is_amount()));
        assert!(Money::parse("0").is_some_and(|money| !money.is_amount()));
    }

    #[test]
    fn a_caller_gives_text_alone() {
        #[derive(Debug, serde::Deserialize)]
        struct Given {
            amount: Amount,
        }
        let read = |amount| crate::input::read::<Given>(Plain::from(json!({ "amount": amount })), &[]);
        assert_eq!(read(json!("12.5")).map(|given| given.amount.cents()), Ok(1_250));
        for amount in [json!(12), json!(12.5), json!(null), json!("0"), json!(["1"]), json!({ "a": 1 }), json!(true)] {
            let refused = read(amount.clone()).expect_err("refused").to_string();
            assert!(refused.starts_with("amount must be Canadian dollars above zero as text, such as"), "{refused}");
        }
    }

    /// The digits of a JSON number, as cents.
    fn cents_of(number: &str) -> Option<u64> {
        let (dollars, decimals) = number.split_once('.').unwrap_or((number, ""));
        let decimals = format!("{:0<2}", decimals.trim_end_matches('0'));
        if decimals.len() == 2 { format!("{dollars}{decimals}").parse().ok() } else { None }
    }

    #[test]
    fn the_least_and_the_largest_are_sent_with_their_own_digits() {
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
        fn a_number_has_the_same_cents(cents in prop_oneof![1_u64..=999_999_999_999_999, 1_u64..10_000_000]) {
            let sent = serde_json::to_string(&Amount(cents)).expect("a number");
            prop_assert_eq!(cents_of(&sent), Some(cents), "{}", sent);
            // What Flinks makes of it is the amount again.
            let money: Money = serde_json::from_str(&sent).expect("money");
            prop_assert_eq!(Amount::parse(money.as_str()), Some(Amount(cents)));
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(cents in 1_u64..=999_999_999_999_999) {
            let amount = Amount(cents);
            prop_assert_eq!(Amount::parse(&amount.to_string()), Some(amount));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            if let Some(amount) = Amount::parse(&text) {
                prop_assert!(amount.cents() > 0);
            }
        }
    }
}
