//! The tokens that a client keeps: unspent ones for the next calls, and the one that reads share.
//!
//! They are values and never promises, so no call waits for what another fetches. A token that may start a session is moved
//! out before it is sent, so no two calls have it.

use crate::token::{AccessToken, Millis, ReadToken};
use core::cell::Cell;
use core::fmt;
use std::rc::Rc;

/// The tokens that a client keeps.
#[derive(Default)]
pub struct TokenPool {
    /// Unspent tokens, the oldest first.
    tokens: Cell<Vec<AccessToken>>,
    /// The token that reads share.
    shared: Cell<Option<Rc<ReadToken>>>,
    /// How many reservations there are.
    reserved: Cell<usize>,
    closed: Cell<bool>,
}

/// A place in the pool for a token that is being fetched; it is freed when dropped.
#[derive(Debug)]
pub struct Reservation<'pool>(&'pool TokenPool);

impl TokenPool {
    /// Takes out the oldest token, and drops those that are dead.
    #[must_use]
    pub fn take(&self, now: Millis) -> Option<AccessToken> {
        let mut alive = self.tokens.take().into_iter().filter(|token| token.is_alive(now));
        let token = alive.next();
        self.tokens.set(alive.collect());
        token
    }

    /// How many unspent tokens are alive.
    #[must_use]
    pub fn ready(&self, now: Millis) -> usize {
        self.with_tokens(|tokens| tokens.iter().filter(|token| token.is_alive(now)).count())
    }

    /// Reserves a place for one more token, while fewer than `count` are ready or being fetched.
    #[must_use]
    pub fn reserve(&self, now: Millis, count: usize) -> Option<Reservation<'_>> {
        let taken = self.ready(now).saturating_add(self.reserved.get());
        (taken < count).then(|| {
            self.reserved.set(self.reserved.get().saturating_add(1));
            Reservation(self)
        })
    }

    /// Drops all unspent tokens: where one of them was refused, the others would be too.
    pub fn empty(&self) {
        self.tokens.take();
    }

    /// The token that reads share; a dead one is dropped.
    #[must_use]
    pub fn shared(&self, now: Millis) -> Option<Rc<ReadToken>> {
        let alive = self.shared.take().filter(|token| token.is_alive(now));
        self.shared.set(alive.clone());
        alive
    }

    /// Shares a token with the reads that follow, in place of the last one.
    #[must_use]
    pub fn share(&self, token: AccessToken) -> Rc<ReadToken> {
        let token = Rc::new(token.for_reading());
        if !self.closed.get() {
            self.shared.set(Some(Rc::clone(&token)));
        }
        token
    }

    /// Drops a shared token that was refused, but not one that another read has shared since.
    pub fn stop_sharing(&self, refused: &Rc<ReadToken>) {
        let other = self.shared.take().filter(|token| !Rc::ptr_eq(token, refused));
        self.shared.set(other);
    }

    /// Drops all tokens, now and later.
    pub fn close(&self) {
        self.closed.set(true);
        self.empty();
        self.shared.take();
    }

    fn with_tokens<T>(&self, act: impl FnOnce(&mut Vec<AccessToken>) -> T) -> T {
        let mut tokens = self.tokens.take();
        let result = act(&mut tokens);
        self.tokens.set(tokens);
        result
    }
}

impl Reservation<'_> {
    /// Puts the token into the pool, unless it is dead on arrival or the pool was closed.
    pub fn fill(self, token: AccessToken, now: Millis) {
        if token.is_alive(now) && !self.0.closed.get() {
            self.0.with_tokens(|tokens| tokens.push(token.into_pooled()));
        }
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        self.0.reserved.set(self.0.reserved.get().saturating_sub(1));
    }
}

impl fmt::Debug for TokenPool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = self.shared.take();
        self.shared.set(shared.clone());
        self.with_tokens(|tokens| formatter.debug_list().entries(tokens.iter()).entries(shared.iter()).finish())
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::TokenPool;
    use crate::token::AccessToken;

    /// A pool of tokens that were requested at these times, each alive for 30 seconds.
    #[allow(clippy::expect_used, reason = "a test")]
    fn pool(asked_at: &[u64]) -> TokenPool {
        let pool = TokenPool::default();
        for &asked_at in asked_at {
            let token = AccessToken::new(format!("t{asked_at}"), asked_at, 60).expect("a token");
            pool.reserve(asked_at, usize::MAX).expect("a reservation").fill(token, asked_at);
        }
        pool
    }

    #[test]
    fn each_token_is_taken_once_and_the_oldest_first() {
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
    fn dead_tokens_are_dropped_and_never_taken() {
        let pool = pool(&[0, 10_000]);
        assert_eq!((pool.ready(29_999), pool.ready(30_000), pool.ready(40_000)), (2, 1, 0));
        assert_eq!(pool.take(30_000).expect("a token").bearer().expose(), "Bearer t10000");
        assert!(pool.take(1).is_none(), "the clock was set back");

        let pool = TokenPool::default();
        let late = AccessToken::new("t".to_owned(), 0, 60).expect("a token");
        pool.reserve(0, 1).expect("a reservation").fill(late, 30_000);
        assert_eq!(pool.ready(0), 0, "dead on arrival");
    }

    #[test]
    fn no_more_places_are_reserved_than_the_pool_shall_have() {
        let pool = pool(&[0]);
        let reservation = pool.reserve(0, 2).expect("a reservation");
        assert!(pool.reserve(0, 2).is_none(), "one is ready, one is being fetched");
        drop(reservation);
        assert!(pool.reserve(0, 2).is_some(), "the fetch was given up");
        assert!(pool.reserve(0, 1).is_none() && pool.reserve(30_000, 1).is_some(), "dead tokens do not count");
    }

    #[test]
    fn an_emptied_pool_takes_new_tokens_and_a_closed_one_does_not() {
        let emptied = pool(&[0]);
        emptied.empty();
        assert!(emptied.take(0).is_none());
        let token = || AccessToken::new("t".to_owned(), 0, 60).expect("a token");
        emptied.reserve(0, 1).expect("a reservation").fill(token(), 0);
        assert_eq!(emptied.ready(0), 1);

        let closed = pool(&[0]);
        let reservation = closed.reserve(0, 2).expect("a reservation");
        closed.close();
        reservation.fill(token(), 0);
        assert!(closed.take(0).is_none(), "a token that arrives late is dropped");
    }

    #[test]
    fn reads_share_the_newest_token_until_it_is_dead_or_refused() {
        let pool = TokenPool::default();
        let token = |asked_at| AccessToken::new(format!("t{asked_at}"), asked_at, 60).expect("a token");
        let shared = |now| pool.shared(now).map(|token| token.bearer().expose().to_owned());
        assert_eq!(shared(0), None);
        let first = pool.share(token(1_000));
        assert_eq!((shared(1_000), shared(30_999)), (Some("Bearer t1000".to_owned()), Some("Bearer t1000".to_owned())));
        let second = pool.share(token(2_000));
        pool.stop_sharing(&first);
        assert_eq!(shared(2_000).as_deref(), Some("Bearer t2000"), "it was not this one that was refused");
        pool.stop_sharing(&second);
        assert_eq!(shared(2_000), None);

        let _third = pool.share(token(3_000));
        assert_eq!((shared(2_999), shared(3_000)), (None, None), "the clock was set back, so it was dropped");
        let _fourth = pool.share(token(4_000));
        assert_eq!((shared(34_000), pool.ready(4_000)), (None, 0), "dead, and never among the unspent");

        let _fifth = pool.share(token(5_000));
        assert!(!format!("{pool:?}").contains("t5000") && format!("{pool:?}").contains("[secret]"));
        pool.close();
        let sixth = pool.share(token(6_000));
        assert_eq!(
            (shared(6_000), sixth.bearer().expose()),
            (None, "Bearer t6000"),
            "the read that fetched it still has it"
        );
    }
}
