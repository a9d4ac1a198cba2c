//! Calls that wait for the host. The host's own promises do not cross: it resumes a call by its place, and the call goes on
//! there and then until it waits again. Nothing is shared between calls, no queue either, since the requests of one
//! isolate must not drive each other's work.

use super::host::{JsHost, Resumed};
use core::cell::Cell;
use core::pin::Pin;
use core::task::{Context, Waker};
use std::rc::Rc;

/// What a call waits for, once it is there.
pub type Awaited = Rc<Cell<Option<Resumed>>>;

/// A call.
pub struct Task {
    future: Pin<Box<dyn Future<Output = ()>>>,
    awaited: Awaited,
}

impl Task {
    /// A call that has not begun.
    pub fn new<Running: Future<Output = ()> + 'static>(host: JsHost, run: impl FnOnce(JsHost) -> Running) -> Self {
        let awaited = Rc::clone(&host.awaited);
        Self { future: Box::pin(run(host)), awaited }
    }
}

/// The calls of a client that wait, each at its place.
#[derive(Default)]
pub struct Tasks(Cell<Vec<Option<Task>>>);

impl Tasks {
    /// Lets a call go on, and gives the place where it waits if it has not ended. It stands at none meanwhile, so that
    /// whatever of the host's it calls may call this client.
    pub fn go_on(&self, mut task: Task) -> usize {
        let waits = task.future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending();
        if waits { self.keep(task) } else { usize::MAX }
    }

    /// Lets the call at a place go on with what it waits for.
    pub fn resume(&self, place: usize, resumed: Resumed) -> usize {
        let mut places = self.0.take();
        let task = places.get_mut(place).and_then(Option::take);
        self.0.set(places);
        let Some(task) = task else { return place };
        task.awaited.set(Some(resumed));
        self.go_on(task)
    }

    fn keep(&self, task: Task) -> usize {
        let mut places = self.0.take();
        let place = places.iter().position(Option::is_none).unwrap_or(places.len());
        match places.get_mut(place) {
            Some(free) => *free = Some(task),
            None => places.push(Some(task)),
        }
        self.0.set(places);
        place
    }
}
