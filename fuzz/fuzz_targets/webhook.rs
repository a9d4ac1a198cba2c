//! Webhooks: the first line is the signature's header, where `$` is replaced by the valid signature, and the rest is the body.
//! Nothing but the one signature of these very bytes is taken, and no event that is not Flinks' documented one says that
//! something was paid.
#![no_main]

use flinkspay_edge::secret::Secret;
use flinkspay_edge::webhook::{Scheme, check_time, read_event, verify};
use flinkspay_edge_fuzz::{field, is_id, is_printed_amount, parse, read};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return };
    let (given, body) = (String::from_utf8_lossy(&bytes[..end]), &bytes[end + 1..]);
    let secrets = [Secret::new("old".to_owned()), Secret::new("new".to_owned())];
    for scheme in [Scheme::Geft, Scheme::Flinks] {
        let signed = scheme.sign(body, &secrets[1]);
        assert_eq!(verify(scheme, body, &[&signed], &secrets), Ok(()));
        let header = given.replace('$', &signed);
        assert!(verify(scheme, body, &[&signed], &secrets[..1]).is_err(), "another's signature");
        let is_that = |signed: &str| match scheme {
            // Hexadecimal digits have two cases.
            Scheme::Geft => {
                header.strip_prefix("sha256=").is_some_and(|digits| signed[7..].eq_ignore_ascii_case(digits))
            }
            Scheme::Flinks => header == signed,
        };
        let expected = secrets.iter().any(|secret| is_that(&scheme.sign(body, secret)));
        assert_eq!(verify(scheme, body, &[&header], &secrets).is_ok(), expected, "{header:?}");
    }
    let when = given.parse().ok();
    assert!(
        check_time(when, u64::MAX / 2, 300_000).is_err()
            || when.is_some_and(|when: u64| when >= u64::MAX / 2 - 300_000)
    );

    let Some(value) = parse(body) else { return };
    let Ok(body) = serde_json::from_value(value.clone()) else { return };
    let event = serde_json::to_value(read_event(read(&value), body)).expect("JSON");
    match event["type"].as_str() {
        Some("unknown") => assert!(event.get("paid").is_none() && event.get("body").is_some()),
        Some("SessionSetupStatusChanged") => {
            assert!(event["sessionId"].as_str().is_some_and(is_id));
            assert_eq!(Some(&event["status"]), field(&value, "status"), "kept word for word");
            assert!(event["paid"] == Value::Bool(false) || event["status"] == "Completed");
            assert_eq!(
                event["paid"] == Value::Bool(true),
                event["funds"] == "guaranteed" || event["funds"] == "settled"
            );
            assert!(event.get("amount").is_none_or(|amount| amount.as_str().is_some_and(is_printed_amount)));
        }
        other => panic!("{other:?}"),
    }
});
