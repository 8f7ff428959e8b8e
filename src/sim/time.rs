//! Virtual time: a clock and the executor that moves it. Whenever nothing can
//! go on, the clock jumps to the next instant that somebody waits for.
//!
//! An executor of its own, since a million runner-cycles have to pass in
//! minutes, and since nothing may depend on the order in which a runtime
//! wakes its tasks.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use crate::clock::Clock;
use crate::model::{Mono, Span, Timestamp};

/// The clock of one simulated process. Its copies share the time.
#[derive(Debug, Clone)]
pub(super) struct Time(Rc<Inner>);

/// Whether somebody was woken while all were polled.
#[derive(Debug, Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[derive(Debug)]
struct Inner {
    /// What the machine's wall clock showed at monotonic zero.
    began: Timestamp,
    now: Cell<Mono>,
    turn: Cell<u64>,
    /// By instant, then in the order of asking.
    waiting: RefCell<BTreeMap<(Mono, u64), Waker>>,
}

impl Time {
    pub(super) fn starting(began: Timestamp) -> Self {
        Self(Rc::new(Inner {
            began,
            now: Cell::new(Mono::from_millis(0)),
            turn: Cell::new(0),
            waiting: RefCell::default(),
        }))
    }

    /// Runs a future to its end.
    pub(super) fn run<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        loop {
            woken.0.store(false, Ordering::Relaxed);
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
            // What was polled first can be woken by what was polled last.
            if woken.0.load(Ordering::Relaxed) {
                continue;
            }
            let next = self.0.waiting.borrow_mut().pop_first();
            let ((at, _), waker) = next.expect("nothing can ever go on");
            self.0.now.set(self.0.now.get().max(at));
            waker.wake();
        }
    }

    fn wait(&self, until: Mono, waker: &Waker) {
        let turn = self.0.turn.get() + 1;
        self.0.turn.set(turn);
        let mut waiting = self.0.waiting.borrow_mut();
        waiting.insert((until, turn), waker.clone());
    }
}

impl Clock for Time {
    fn wall(&self) -> Timestamp {
        self.0.began + (self.mono() - Mono::from_millis(0))
    }

    fn mono(&self) -> Mono {
        self.0.now.get()
    }

    async fn sleep_until(&self, until: Mono) {
        poll_fn(|context| {
            if until <= self.mono() {
                return Poll::Ready(());
            }
            self.wait(until, context.waker());
            Poll::Pending
        })
        .await;
    }
}

#[test]
fn who_sleeps_side_by_side_wakes_in_order_and_no_time_passes_outside() {
    let time = Time::starting(Timestamp::from_millis(0));
    let order = RefCell::new(Vec::new());
    let sleeper = |name: u32, seconds: i64| {
        let (time, order) = (time.clone(), &order);
        async move {
            time.sleep(Span::secs(seconds)).await;
            order.borrow_mut().push((name, time.mono().as_millis()));
        }
    };
    let all = futures_util::future::join3(sleeper(1, 30), sleeper(2, 10), sleeper(3, 30));
    time.run(all);
    assert_eq!(order.take(), [(2, 10_000), (1, 30_000), (3, 30_000)]);
}
