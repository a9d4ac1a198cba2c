//! Access tokens as values that are moved. One token may start one session (docs.flinks.com/api/pay/endpoints/authorize/authorize),
//! and here the compiler proves it: what creates a session takes the token away from its owner, and what comes back fits
//! that session alone. A token that reads has given the right up. `tests/compile_fail` shows what does not compile.

use crate::secret::Secret;
use core::cell::Cell;
use core::fmt;
use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};
use std::rc::Rc;

/// Milliseconds on the host's clock, since the Unix epoch.
pub type Millis = u64;

/// A token that has started nothing yet.
pub type AccessToken = Token<Unspent>;

/// A token that was moved into a request which may create a session. Nobody can send it again until that session is
/// known; if the session never is, the token is lost with it.
pub type SpentToken = Token<Spent>;

/// A token together with the one session that it may be sent with.
pub type SessionToken = Token<SessionId>;

/// A token that reads, and starts no session any more.
pub type ReadToken = Token<Reading>;

/// The text of a token, when it may be sent, and what has become of its right to start a session.
#[derive(Debug)]
pub struct Token<Right> {
    text: Secret,
    asked_at: Millis,
    dead_at: Millis,
    pooled: bool,
    right: Right,
}

/// The right to start one session, unused.
#[derive(Debug)]
pub struct Unspent(());

/// The right to start one session, used up.
#[derive(Debug)]
pub struct Spent(());

/// The right to start one session, given up.
#[derive(Debug)]
pub struct Reading(());

impl<Right> Token<Right> {
    /// Whether it may be sent now. A clock that was set back before the token was asked for proves nothing, so the token
    /// counts as dead then.
    #[must_use]
    pub const fn is_alive(&self, now: Millis) -> bool {
        self.asked_at <= now && now < self.dead_at
    }

    /// Milliseconds since it was asked for.
    #[must_use]
    pub const fn age_ms(&self, now: Millis) -> u64 {
        now.saturating_sub(self.asked_at)
    }

    /// The value of the header that carries it.
    #[must_use]
    pub fn bearer(&self) -> Secret {
        Secret::concat(&["Bearer ", self.text.expose()])
    }

    /// Whether it has waited in a [`TokenPool`].
    #[must_use]
    pub const fn is_pooled(&self) -> bool {
        self.pooled
    }

    fn with<Other>(self, right: Other) -> Token<Other> {
        let Self { text, asked_at, dead_at, pooled, right: _ } = self;
        Token { text, asked_at, dead_at, pooled, right }
    }
}

impl AccessToken {
    /// A token from an answer to a request that was sent at `asked_at`, good for `expires_in` seconds from then. `None` if
    /// it has characters that RFC 6750, section 2.1, does not allow in a header, or more than 8192 of them.
    #[must_use]
    pub fn new(text: String, asked_at: Millis, expires_in: u64) -> Option<Self> {
        // Wrapped first, so that a refused token is overwritten too.
        let text = Secret::new(text);
        let life = expires_in.saturating_mul(1_000);
        let margin = (life / 2).min(30_000);
        let dead_at = asked_at.saturating_add(life.saturating_sub(margin));
        is_b64token(text.expose()).then_some(Self { text, asked_at, dead_at, pooled: false, right: Unspent(()) })
    }

    /// Gives the token up to the one request that starts a session with it.
    #[must_use]
    pub fn spend(self) -> SpentToken {
        self.with(Spent(()))
    }

    /// Gives up the right to start a session, so that it may read whatever there is, as often as it lives.
    #[must_use]
    pub fn for_reading(self) -> ReadToken {
        self.with(Reading(()))
    }

    /// Binds a token that has started nothing to a session that exists already.
    #[must_use]
    pub fn for_session(self, session_id: SessionId) -> SessionToken {
        self.with(session_id)
    }
}

impl SpentToken {
    /// Binds the token to the session that it has started.
    #[must_use]
    pub fn for_session(self, session_id: SessionId) -> SessionToken {
        self.with(session_id)
    }
}

impl SessionToken {
    /// The session that it may be sent with.
    #[must_use]
    pub const fn session_id(&self) -> &SessionId {
        &self.right
    }
}

/// The tokens of a client: those that have started nothing and wait for a call, the oldest first, and the one that reads
/// share. They are values and never promises: what one call fetches is not waited for by another. A token that may start
/// a session is moved out before it is sent, so no two calls have it.
#[derive(Default)]
pub struct TokenPool {
    tokens: Cell<Vec<AccessToken>>,
    reading: Cell<Option<Rc<ReadToken>>>,
    fetching: Cell<usize>,
    closed: Cell<bool>,
}

/// A place in a pool for a token that is being fetched; it is free again when dropped.
#[derive(Debug)]
pub struct Seat<'pool>(&'pool TokenPool);

impl TokenPool {
    /// Takes out the token that has waited longest, and drops those that are dead.
    #[must_use]
    pub fn take(&self, now: Millis) -> Option<AccessToken> {
        let mut alive = self.tokens.take().into_iter().filter(|token| token.is_alive(now));
        let token = alive.next();
        self.tokens.set(alive.collect());
        token
    }

    /// How many tokens it holds that are alive.
    #[must_use]
    pub fn ready(&self, now: Millis) -> usize {
        self.look(|tokens| tokens.iter().filter(|token| token.is_alive(now)).count())
    }

    /// A place for one more token, while fewer than `count` are ready or being fetched.
    #[must_use]
    pub fn seat(&self, now: Millis, count: usize) -> Option<Seat<'_>> {
        let taken = self.ready(now).saturating_add(self.fetching.get());
        (taken < count).then(|| {
            self.fetching.set(self.fetching.get().saturating_add(1));
            Seat(self)
        })
    }

    /// Drops all tokens that wait: where one of them was refused, the others would be too.
    pub fn empty(&self) {
        self.tokens.take();
    }

    /// The token that reads share; one that is dead is dropped.
    #[must_use]
    pub fn reading(&self, now: Millis) -> Option<Rc<ReadToken>> {
        let alive = self.reading.take().filter(|token| token.is_alive(now));
        self.reading.set(alive.clone());
        alive
    }

    /// Shares a token with the reads that follow, in place of the one before.
    #[must_use]
    pub fn share(&self, token: AccessToken) -> Rc<ReadToken> {
        let token = Rc::new(token.for_reading());
        if !self.closed.get() {
            self.reading.set(Some(Rc::clone(&token)));
        }
        token
    }

    /// Drops a token that was refused to a read, but not one that another read has shared meanwhile.
    pub fn unshare(&self, refused: &Rc<ReadToken>) {
        let other = self.reading.take().filter(|token| !Rc::ptr_eq(token, refused));
        self.reading.set(other);
    }

    /// Drops all tokens, now and later.
    pub fn close(&self) {
        self.closed.set(true);
        self.empty();
        self.reading.take();
    }

    fn look<T>(&self, read: impl FnOnce(&mut Vec<AccessToken>) -> T) -> T {
        let mut tokens = self.tokens.take();
        let seen = read(&mut tokens);
        self.tokens.set(tokens);
        seen
    }
}

impl Seat<'_> {
    /// Puts the token into the pool; one that is dead on arrival is dropped.
    pub fn fill(self, token: AccessToken, now: Millis) {
        if token.is_alive(now) && !self.0.closed.get() {
            self.0.look(|tokens| tokens.push(Token { pooled: true, ..token }));
        }
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.fetching.set(self.0.fetching.get().saturating_sub(1));
    }
}

impl fmt::Debug for TokenPool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reading = self.reading.take();
        self.reading.set(reading.clone());
        self.look(|tokens| formatter.debug_list().entries(tokens.iter()).entries(reading.iter()).finish())
    }
}

/// Flinks' id of a session: 1 to 64 ASCII letters, digits and hyphens, since it goes into URLs and bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionId(String);

/// Flinks' id of a payment request: 1 to 64 ASCII letters, digits and hyphens, since it goes into URLs and bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl SessionId {
    /// `None` for what is no id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_id(text).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl RequestId {
    /// `None` for what is no id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_id(text).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| Error::custom("must be the id of a session"))
    }
}

impl Serialize for SessionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RequestId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| Error::custom("must be the id of a payment request"))
    }
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// RFC 6750, section 2.1: `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`.
fn is_b64token(text: &str) -> bool {
    let mut body = text.as_bytes();
    while let [rest @ .., b'='] = body {
        body = rest;
    }
    !body.is_empty()
        && text.len() <= 8_192
        && body
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/'))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{AccessToken, SessionId, TokenPool};

    fn token(text: &str) -> Option<AccessToken> {
        AccessToken::new(text.to_owned(), 0, 299)
    }

    #[test]
    fn dies_at_request_start_plus_life_less_margin() {
        for (expires_in, dead_at) in [(299, 269_000), (599, 569_000), (60, 30_000), (20, 10_000), (1, 500)] {
            let token = AccessToken::new("t".to_owned(), 1_000, expires_in).expect("a token");
            assert!(token.is_alive(1_000));
            assert!(token.is_alive(1_000 + dead_at - 1));
            assert!(!token.is_alive(1_000 + dead_at));
            assert!(!token.is_alive(999), "the clock was set back");
        }
    }

    #[test]
    fn an_endless_life_does_not_overflow() {
        let token = AccessToken::new("t".to_owned(), u64::MAX, u64::MAX).expect("a token");
        assert!(!token.is_alive(u64::MAX));
    }

    #[test]
    fn takes_only_what_a_header_can_carry() {
        for text in ["84002b62-a47e-45a6-97dd-306a8f9721d7", "a.b_c~d+e/f==", &"a".repeat(8_192)] {
            assert!(token(text).is_some(), "{text}");
        }
        for text in ["", "=", "a b", "a\r\nb", "a=b", "é", "😀", &"a".repeat(8_193)] {
            assert!(token(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn ids_have_no_path_characters() {
        for text in ["6c376ebd-1670-49e3-9148-26c1360f98d3", "A1", &"a".repeat(64)] {
            assert!(SessionId::parse(text).is_some(), "{text}");
        }
        for text in ["", "../x", "a/b", "a?b", "a#b", "a%2e", "a.b", "a b", "é", &"a".repeat(65)] {
            assert!(SessionId::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn prints_nothing_of_itself() {
        let printed = format!("{:?}", token("canary").expect("a token"));
        assert!(printed.contains("[secret]") && !printed.contains("canary"), "{printed}");
        let printed = format!("{:?}", pool(&[7]));
        assert!(printed.contains("[secret]") && !printed.contains("t7"), "{printed}");
    }

    /// A pool of tokens asked for at these times, each alive for 30 seconds from then.
    #[allow(clippy::expect_used, reason = "a test")]
    fn pool(asked_at: &[u64]) -> TokenPool {
        let pool = TokenPool::default();
        for &asked_at in asked_at {
            let token = AccessToken::new(format!("t{asked_at}"), asked_at, 60).expect("a token");
            pool.seat(asked_at, usize::MAX).expect("a seat").fill(token, asked_at);
        }
        pool
    }

    #[test]
    fn a_pool_gives_each_token_once_and_the_oldest_first() {
        let pool = pool(&[0, 1_000, 2_000]);
        assert_eq!(pool.ready(2_000), 3);
        for text in ["Bearer t0", "Bearer t1000", "Bearer t2000"] {
            let token = pool.take(2_000).expect("a token");
            assert_eq!((token.bearer().expose(), token.is_pooled()), (text, true));
            assert!(token.spend().is_pooled());
        }
        assert!(pool.take(2_000).is_none());
        assert!(!AccessToken::new("t".to_owned(), 0, 60).expect("a token").is_pooled());
    }

    #[test]
    fn a_pool_gives_no_dead_token_and_forgets_it() {
        let pool = pool(&[0, 10_000]);
        assert_eq!((pool.ready(29_999), pool.ready(30_000), pool.ready(40_000)), (2, 1, 0));
        assert_eq!(pool.take(30_000).expect("a token").bearer().expose(), "Bearer t10000");
        // Nor when the clock is set back to when it lived.
        assert!(pool.take(1).is_none());

        let pool = TokenPool::default();
        let late = AccessToken::new("t".to_owned(), 0, 60).expect("a token");
        pool.seat(0, 1).expect("a seat").fill(late, 30_000);
        assert_eq!(pool.ready(0), 0, "dead on arrival");
    }

    #[test]
    fn a_pool_has_no_more_seats_than_it_is_asked_to_fill() {
        let pool = pool(&[0]);
        let seat = pool.seat(0, 2).expect("a seat");
        assert!(pool.seat(0, 2).is_none(), "one is ready, one is fetched");
        drop(seat);
        assert!(pool.seat(0, 2).is_some(), "who fetched it gave up");
        assert!(pool.seat(0, 1).is_none() && pool.seat(30_000, 1).is_some(), "the dead do not count");
    }

    #[test]
    fn a_pool_that_was_emptied_or_closed_holds_nothing() {
        let emptied = pool(&[0]);
        emptied.empty();
        assert!(emptied.take(0).is_none());
        let token = || AccessToken::new("t".to_owned(), 0, 60).expect("a token");
        emptied.seat(0, 1).expect("a seat").fill(token(), 0);
        assert_eq!(emptied.ready(0), 1);

        let closed = pool(&[0]);
        let seat = closed.seat(0, 2).expect("a seat");
        closed.close();
        seat.fill(token(), 0);
        assert!(closed.take(0).is_none(), "what was being fetched comes to nothing");
    }

    #[test]
    fn reads_share_the_newest_token_until_it_is_dead_or_refused() {
        let pool = TokenPool::default();
        let token = |asked_at| AccessToken::new(format!("t{asked_at}"), asked_at, 60).expect("a token");
        let shared = |now| pool.reading(now).map(|token| token.bearer().expose().to_owned());
        assert_eq!(shared(0), None);
        let first = pool.share(token(1_000));
        assert_eq!((shared(1_000), shared(30_999)), (Some("Bearer t1000".to_owned()), Some("Bearer t1000".to_owned())));
        let second = pool.share(token(2_000));
        pool.unshare(&first);
        assert_eq!(shared(2_000).as_deref(), Some("Bearer t2000"), "another's");
        pool.unshare(&second);
        assert_eq!(shared(2_000), None);

        let _third = pool.share(token(3_000));
        assert_eq!((shared(2_999), shared(3_000)), (None, None), "the clock was set back, and it was dropped");
        let _fourth = pool.share(token(4_000));
        assert_eq!((shared(34_000), pool.ready(4_000)), (None, 0), "dead, and never one that waits");

        let _fifth = pool.share(token(5_000));
        assert!(!format!("{pool:?}").contains("t5000") && format!("{pool:?}").contains("[secret]"));
        pool.close();
        let sixth = pool.share(token(6_000));
        assert_eq!((shared(6_000), sixth.bearer().expose()), (None, "Bearer t6000"), "its own read has it still");
    }

    #[test]
    fn tells_its_age_and_keeps_its_times_whatever_it_is_bound_to() {
        let ages = |age: fn(&AccessToken) -> u64| age(&AccessToken::new("t".to_owned(), 1_000, 60).expect("a token"));
        assert_eq!(ages(|token| token.age_ms(1_000)), 0);
        assert_eq!(ages(|token| token.age_ms(3_500)), 2_500);
        assert_eq!(ages(|token| token.age_ms(999)), 0, "the clock was set back");

        let session_id = SessionId::parse("s-1").expect("an id");
        let token = AccessToken::new("t".to_owned(), 1_000, 60).expect("a token");
        let token = token.spend().for_session(session_id.clone());
        assert_eq!(token.session_id(), &session_id);
        assert_eq!((token.age_ms(3_500), token.bearer().expose()), (2_500, "Bearer t"));
        assert!(token.is_alive(30_999) && !token.is_alive(31_000) && !token.is_alive(999));
    }
}
