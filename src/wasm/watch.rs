//! What can end a call before its answer comes: the caller's signal, `close()`, and the timer of a step. A call has one
//! watch, and a watch has one timer at a time.

use super::bindings::{clear_timeout, set_timeout};
use crate::error::Error;
use crate::host::Interrupt;
use core::cell::Cell;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::{Poll, Waker};
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

/// Hosts take a longer time for zero.
const LONGEST_TIMER_MS: u32 = 2_147_483_647;

/// The calls that run on a client, so that closing it can end them. They hold no object of the host.
#[derive(Default)]
pub struct Calls {
    closed: Cell<bool>,
    running: Cell<Vec<Weak<Watch>>>,
}

/// Why waiting was over.
#[derive(Clone, Copy)]
pub enum Stop {
    /// The call was ended.
    Ended(Interrupt),
    /// The timer rang.
    Rang,
}

/// The end of one call.
#[derive(Default)]
pub struct Watch {
    ended: Cell<Option<Interrupt>>,
    rang: Cell<bool>,
    waiting: Cell<Option<Waker>>,
}

impl Calls {
    /// A watch for a new call.
    pub fn start(&self) -> Result<Rc<Watch>, Error> {
        if self.closed.get() {
            return Err(Error::closed());
        }
        let watch = Rc::new(Watch::default());
        let mut running = self.running.take();
        running.push(Rc::downgrade(&watch));
        self.running.set(running);
        Ok(watch)
    }

    /// Forgets a call that is over.
    pub fn finish(&self, watch: &Rc<Watch>) {
        let mut running = self.running.take();
        running.retain(|other| other.as_ptr() != Rc::as_ptr(watch));
        self.running.set(running);
    }

    /// Ends all calls, now and later.
    pub fn close(&self) {
        self.closed.set(true);
        for watch in self.running.take() {
            if let Some(watch) = watch.upgrade() {
                watch.end(Interrupt::Closed);
            }
        }
    }
}

impl Watch {
    /// Who ended the call, if somebody did.
    pub const fn ended(&self) -> Option<Interrupt> {
        self.ended.get()
    }

    /// What the future gives, or why it was not waited for. An answer that is there wins over an end that came with it.
    pub async fn or<T>(&self, future: impl Future<Output = T>) -> Result<T, Stop> {
        let mut future = pin!(future);
        poll_fn(|context| {
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                return Poll::Ready(Ok(value));
            }
            if let Some(interrupt) = self.ended.get() {
                return Poll::Ready(Err(Stop::Ended(interrupt)));
            }
            if self.rang.get() {
                return Poll::Ready(Err(Stop::Rang));
            }
            self.waiting.set(Some(context.waker().clone()));
            Poll::Pending
        })
        .await
    }

    fn end(&self, interrupt: Interrupt) {
        if self.ended.get().is_none() {
            self.ended.set(Some(interrupt));
        }
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }
}

/// The one timer of a watch; it is cleared when dropped.
pub struct Timer {
    timer: JsValue,
    _ring: Closure<dyn FnMut()>,
}

impl Timer {
    /// Starts the timer.
    pub fn start(watch: &Rc<Watch>, ms: u64) -> Self {
        watch.rang.set(false);
        let ring = {
            let watch = Rc::clone(watch);
            Closure::new(move || {
                watch.rang.set(true);
                watch.wake();
            })
        };
        let ms = u32::try_from(ms).unwrap_or(u32::MAX).min(LONGEST_TIMER_MS);
        Self { timer: set_timeout(ring.as_ref().unchecked_ref(), f64::from(ms)), _ring: ring }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
    }
}

/// The caller's signal; the listener is removed when dropped.
pub struct Listener {
    signal: AbortSignal,
    abort: Closure<dyn FnMut()>,
}

impl Listener {
    /// Listens to a signal and ends the call at once if it was aborted before.
    pub fn start(watch: &Rc<Watch>, signal: AbortSignal) -> Result<Self, Error> {
        if signal.aborted() {
            watch.end(Interrupt::Aborted);
        }
        let abort = {
            let watch = Rc::clone(watch);
            Closure::new(move || watch.end(Interrupt::Aborted))
        };
        let listener = Self { signal, abort };
        match listener.signal.add_event_listener_with_callback("abort", listener.abort.as_ref().unchecked_ref()) {
            Ok(()) => Ok(listener),
            Err(_) => Err(Error::input("signal", "signal must be an AbortSignal.")),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // A signal that refuses to forget its listener changes nothing: the call is over.
        let _ = self.signal.remove_event_listener_with_callback("abort", self.abort.as_ref().unchecked_ref());
    }
}
