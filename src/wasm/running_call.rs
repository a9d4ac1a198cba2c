//! A running call: how the host polls it, and what can end it before its answer comes.
//!
//! A trap unwinds every frame of wasm on the stack, so JavaScript that catches it must have called them. That is the
//! [`HostCall`]: it polls the call, fires its timer and aborts it. It polls as soon as a promise settles that the call waits
//! for; after other events, `future_to_promise` polls the outer future, which asks the [`HostCall`] to poll.

use super::bindings::HostCall;
use crate::host::Interrupt;
use core::cell::{Cell, RefCell};
use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use js_sys::Promise;
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

/// Hosts read a longer time as zero.
const MAX_TIMER_MS: u64 = 2_147_483_647;

/// Why the host enters a call (pkg/src/instance.ts has the same numbers).
const POLL: u32 = 0;
const TIMER: u32 = 1;

type Work = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

/// Starts a call. It runs until its first await at once, and from there on as a promise.
pub fn start(
    call: HostCall,
    interruption: Rc<Interruption>,
    work: impl Future<Output = Result<JsValue, JsValue>> + 'static,
) -> Promise {
    let inner = Rc::new(Inner { work: RefCell::new(Some(Box::pin(work))), interruption, result: Cell::new(None) });
    let entered = Rc::clone(&inner);
    let enter = Closure::<dyn Fn(u32)>::new(move |why| entered.enter(why));
    call.attach(enter.as_ref());
    // Now, so that the values of the caller are read before it can change them.
    call.enter(POLL);
    future_to_promise(async move {
        let _enter = enter;
        let result = poll_fn(|context| {
            inner.interruption.waker.set(Some(context.waker().clone()));
            // It may have settled when it was entered.
            if let Some(result) = inner.result.take() {
                return Poll::Ready(result);
            }
            call.enter(POLL);
            inner.result.take().map_or(Poll::Pending, Poll::Ready)
        })
        .await;
        // An ignored promise may settle after the call.
        call.attach(&JsValue::UNDEFINED);
        result
    })
}

/// The inner future of a call, which only the host enters.
struct Inner {
    /// `None` once it is done.
    work: RefCell<Option<Work>>,
    interruption: Rc<Interruption>,
    result: Cell<Option<Result<JsValue, JsValue>>>,
}

impl Inner {
    fn enter(&self, why: u32) {
        match why {
            POLL => self.poll(),
            TIMER => self.interruption.time_out(),
            _ => self.interruption.interrupt(Interrupt::Aborted),
        }
    }

    /// Without a waker: the host polls after each promise by itself, and the interruption has the waker of the outer future.
    fn poll(&self) {
        if let Ok(mut slot) = self.work.try_borrow_mut()
            && let Some(work) = slot.as_mut()
            && let Poll::Ready(result) = work.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        {
            *slot = None;
            self.result.set(Some(result));
            self.interruption.wake();
        }
    }
}

/// Why waiting was stopped.
#[derive(Clone, Copy)]
pub enum Stopped {
    /// The call was ended.
    Interrupted(Interrupt),
    /// The timer fired.
    TimedOut,
}

/// What can end a call before its answer comes: the caller's signal, `close()`, or the timer of a step.
#[derive(Default)]
pub struct Interruption {
    interrupt: Cell<Option<Interrupt>>,
    timed_out: Cell<bool>,
    /// Of the outer future.
    waker: Cell<Option<Waker>>,
}

impl Interruption {
    /// What ended the call, if anything.
    pub const fn get(&self) -> Option<Interrupt> {
        self.interrupt.get()
    }

    /// Waits for the future or for what stops the call. If both are there, the future wins.
    pub async fn race<T>(&self, future: impl Future<Output = T>) -> Result<T, Stopped> {
        let mut future = pin!(future);
        poll_fn(|context| {
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                return Poll::Ready(Ok(value));
            }
            if let Some(interrupt) = self.interrupt.get() {
                return Poll::Ready(Err(Stopped::Interrupted(interrupt)));
            }
            if self.timed_out.get() {
                return Poll::Ready(Err(Stopped::TimedOut));
            }
            Poll::Pending
        })
        .await
    }

    /// Ends the call.
    pub fn interrupt(&self, interrupt: Interrupt) {
        if self.interrupt.get().is_none() {
            self.interrupt.set(Some(interrupt));
        }
        self.wake();
    }

    fn time_out(&self) {
        self.timed_out.set(true);
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// The one timer of a call; it is stopped when dropped.
pub struct Timer<'call>(&'call HostCall);

impl<'call> Timer<'call> {
    /// Starts the timer.
    #[allow(clippy::cast_precision_loss, reason = "no timer is that long")]
    pub fn start(call: &'call HostCall, interruption: &Interruption, ms: u64) -> Self {
        interruption.timed_out.set(false);
        call.start_timer(ms.min(MAX_TIMER_MS) as f64);
        Self(call)
    }
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        self.0.stop_timer();
    }
}

/// The calls that run on a client, so that closing it can end them. They hold no object of a request.
#[derive(Default)]
pub struct RunningCalls {
    closed: Cell<bool>,
    running: Cell<Vec<Weak<Interruption>>>,
}

impl RunningCalls {
    /// Whether the client takes no more calls.
    pub const fn are_closed(&self) -> bool {
        self.closed.get()
    }

    /// Adds a call that begins.
    pub fn add(&self, call: &Rc<Interruption>) {
        let mut running = self.running.take();
        running.push(Rc::downgrade(call));
        self.running.set(running);
    }

    /// Removes a call that is over.
    pub fn remove(&self, call: &Rc<Interruption>) {
        let mut running = self.running.take();
        running.retain(|other| other.as_ptr() != Rc::as_ptr(call));
        self.running.set(running);
    }

    /// Ends all calls, now and later.
    pub fn close(&self) {
        self.closed.set(true);
        for call in self.running.take() {
            if let Some(call) = call.upgrade() {
                call.interrupt(Interrupt::Closed);
            }
        }
    }
}

/// Lets a promise settle unobserved, so that its rejection is not reported as unhandled.
pub fn ignore(call: &HostCall, promise: &JsValue) {
    drop(JsFuture::<JsValue>::from(call.guarded(promise)));
}
