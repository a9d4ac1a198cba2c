//! What `baseUrl` may be: a small part of what URL parsers take, so that none of them can read another host out of it.

use crate::checked_text::{TextRule, is_domain_label};
use core::net::{Ipv4Addr, Ipv6Addr};

/// The origin of a URL.
pub struct Origin;

impl TextRule for Origin {
    fn requirement() -> String {
        "the origin that Flinks gave you, such as \"https://pay.example.com\": https (http only on 127.0.0.1, [::1] or \
         localhost), with no user name, path, query or fragment"
            .to_owned()
    }

    fn accepts(text: &str) -> bool {
        let origin = text.strip_suffix('/').unwrap_or(text);
        let Some((scheme, authority)) = origin.split_once("://") else { return false };
        let (host, port) = match authority.rsplit_once(':') {
            // The colons of an IPv6 address are within brackets.
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let is_loopback = matches!(host, "127.0.0.1" | "[::1]" | "localhost");
        let is_allowed = scheme == "https" || (scheme == "http" && is_loopback);
        is_allowed && port.is_none_or(is_port) && (is_loopback || is_host(host))
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_host(text: &str) -> bool {
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => text.parse::<Ipv4Addr>().is_ok() || is_name(text),
    }
}

/// A host name. Its last label must not be a number: URL parsers read such a name as an IPv4 address, and `127.1` as another
/// host.
fn is_name(text: &str) -> bool {
    // RFC 1123, section 2.1.
    let is_host_label = |label: &str| {
        let has_allowed_characters = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        is_domain_label(label) && label.len() <= 63 && has_allowed_characters
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() <= 253
        && text.split('.').all(is_host_label)
        && last.starts_with(|letter: char| letter.is_ascii_alphabetic())
}
