//! A call that runs: what can end it before its answer comes, and the one way into it.
//!
//! A trap leaves through every frame of wasm that is on the stack, and what called them must be JavaScript that catches it.
//! So a call is polled, rung and aborted through its [`Call`] on the host's side. That polls it as soon as a promise has
//! settled which it waits for; after all else `future_to_promise` polls the outside, which asks the host to go in.

use super::bindings::Call;
use crate::host::Interrupt;
use core::cell::{Cell, RefCell};
use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use js_sys::Promise;
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

/// Hosts take a longer time for zero.
const LONGEST_TIMER_MS: u64 = 2_147_483_647;

/// Why the host goes in (pkg/src/instance.ts has the same numbers).
const POLL: u32 = 0;
const TIMER: u32 = 1;

type Work = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

/// Starts a call: it runs until it waits, and then as a promise.
pub fn start(call: Call, watch: Rc<Watch>, work: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let work = Rc::new(Inside { work: RefCell::new(Some(Box::pin(work))), watch, settled: Cell::new(None) });
    let inside = Rc::clone(&work);
    let enter = Closure::<dyn Fn(u32)>::new(move |why| inside.enter(why));
    call.attach(enter.as_ref());
    // The caller's values are read now, before it can change them.
    call.enter(POLL);
    future_to_promise(async move {
        let _enter = enter;
        let settled = poll_fn(|context| {
            work.watch.waker.set(Some(context.waker().clone()));
            // What was settled at once is not asked again.
            if let Some(settled) = work.settled.take() {
                return Poll::Ready(settled);
            }
            call.enter(POLL);
            work.settled.take().map_or(Poll::Pending, Poll::Ready)
        })
        .await;
        // A promise that nobody waits for may settle after the call.
        call.attach(&JsValue::UNDEFINED);
        settled
    })
}

struct Inside {
    /// Until it is done.
    work: RefCell<Option<Work>>,
    watch: Rc<Watch>,
    settled: Cell<Option<Result<JsValue, JsValue>>>,
}

impl Inside {
    fn enter(&self, why: u32) {
        match why {
            POLL => self.poll(),
            TIMER => self.watch.ring(),
            _ => self.watch.end(Interrupt::Aborted),
        }
    }

    /// Without a waker: the host comes by itself after each promise, and the watch has the waker of the outside.
    fn poll(&self) {
        if let Ok(mut slot) = self.work.try_borrow_mut()
            && let Some(work) = slot.as_mut()
            && let Poll::Ready(settled) = work.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        {
            *slot = None;
            self.settled.set(Some(settled));
            self.watch.wake();
        }
    }
}

/// Why waiting was over.
#[derive(Clone, Copy)]
pub enum Stop {
    /// The call was ended.
    Ended(Interrupt),
    /// The timer rang.
    Rang,
}

/// What can end a call before its answer comes: the caller's signal, `close()`, and the timer of a step.
#[derive(Default)]
pub struct Watch {
    ended: Cell<Option<Interrupt>>,
    rang: Cell<bool>,
    /// Of the outside.
    waker: Cell<Option<Waker>>,
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
            Poll::Pending
        })
        .await
    }

    /// Ends the call.
    pub fn end(&self, interrupt: Interrupt) {
        if self.ended.get().is_none() {
            self.ended.set(Some(interrupt));
        }
        self.wake();
    }

    fn ring(&self) {
        self.rang.set(true);
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// The one timer of a call; it is stopped when dropped.
pub struct Timer<'call>(&'call Call);

impl<'call> Timer<'call> {
    /// Starts the timer.
    #[allow(clippy::cast_precision_loss, reason = "no timer is that long")]
    pub fn start(call: &'call Call, watch: &Watch, ms: u64) -> Self {
        watch.rang.set(false);
        call.start_timer(ms.min(LONGEST_TIMER_MS) as f64);
        Self(call)
    }
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        self.0.stop_timer();
    }
}

/// The calls that run on a client, so that closing it can end them. They hold no object of the host.
#[derive(Default)]
pub struct Calls {
    closed: Cell<bool>,
    running: Cell<Vec<Weak<Watch>>>,
}

impl Calls {
    /// Whether the client takes no more calls.
    pub const fn are_closed(&self) -> bool {
        self.closed.get()
    }

    /// Knows a call that begins.
    pub fn begin(&self, watch: &Rc<Watch>) {
        let mut running = self.running.take();
        running.push(Rc::downgrade(watch));
        self.running.set(running);
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
