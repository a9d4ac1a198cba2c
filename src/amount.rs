//! Exact Canadian money: decimal text outside, integer cents inside, no float anywhere.
//!
//! Flinks takes an exact amount that the payor cannot change (docs.flinks.com/api/pay/endpoints/e-transfer/sessions-initiate).

use crate::text::{digits, labels, push_number};

/// An amount above zero, in cents: at most 999,999,999,999,999, fifteen digits, which a JSON number carries exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(u64);

impl Amount {
    /// Reads `(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?`, above zero; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = labels(text.as_bytes());
        let (dollars, cents) = (parts.next()?, parts.next().map_or(Some(0), cents_of)?);
        let has_leading_zero = dollars.len() > 1 && dollars.starts_with(b"0");
        if dollars.len() > 13 || has_leading_zero || parts.next().is_some() {
            return None;
        }
        let cents = digits(dollars)?.checked_mul(100)?.checked_add(cents)?;
        (cents > 0).then_some(Self(cents))
    }

    /// The amount in cents.
    #[must_use]
    pub const fn cents(self) -> u64 {
        self.0
    }

    /// Always with two decimals: `12.50`.
    #[must_use]
    pub fn to_text(self) -> String {
        let mut text = String::new();
        push_number(&mut text, self.0 / 100);
        text.push_str(if self.0 % 100 < 10 { ".0" } else { "." });
        push_number(&mut text, self.0 % 100);
        text
    }
}

/// `5` is fifty cents, `05` is five.
fn cents_of(text: &[u8]) -> Option<u64> {
    match text.len() {
        1 => digits(text)?.checked_mul(10),
        2 => digits(text),
        _ => None,
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::Amount;
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(cents in 1_u64..=999_999_999_999_999) {
            let amount = Amount(cents);
            prop_assert_eq!(Amount::parse(&amount.to_text()), Some(amount));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            if let Some(amount) = Amount::parse(&text) {
                prop_assert!(amount.cents() > 0);
            }
        }
    }
}
