//! Money: the text that is taken is the grammar's and no other, and survives being printed, read again, and carried as a
//! JSON number.
#![no_main]

use flinkspay_edge::amount::Amount;
use flinkspay_edge::amount::Money;
use flinkspay_edge_fuzz::{cents, is_printed_amount};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let amount = Amount::parse(text);
    assert_eq!(amount.map(Amount::cents), by_the_grammar(text), "{text:?}");
    let Some(amount) = amount else { return };

    let printed = amount.to_string();
    assert!(is_printed_amount(&printed), "{printed}");
    assert_eq!(Amount::parse(&printed), Some(amount));
    // It goes out as a double, whose digits must be the same money, as must be what is read of it.
    let number = serde_json::to_string(&amount).expect("a number");
    assert_eq!(cents(&number), Some(amount.cents()), "{number}");
    let double: f64 = printed.parse().expect("a number");
    assert_eq!(Money::parse(&double.to_string()).expect("money").as_str(), printed);
});

/// `(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?` above zero, byte by byte and with other arithmetic than the crate's.
fn by_the_grammar(text: &str) -> Option<u64> {
    let (mut cents, mut dollars, mut decimals) = (0_u128, 0, None);
    for (index, byte) in text.bytes().enumerate() {
        match (byte, decimals) {
            (b'0'..=b'9', None) if dollars < 13 && !(index == 1 && cents == 0) => dollars += 1,
            (b'0'..=b'9', Some(count @ 0..=1)) => decimals = Some(count + 1),
            (b'.', None) if dollars > 0 => {
                decimals = Some(0);
                continue;
            }
            _ => return None,
        }
        cents = cents * 10 + u128::from(byte - b'0');
    }
    let cents = match decimals {
        None if dollars > 0 => cents * 100,
        Some(1) => cents * 10,
        Some(2) => cents,
        _ => return None,
    };
    if cents == 0 { None } else { u64::try_from(cents).ok() }
}
