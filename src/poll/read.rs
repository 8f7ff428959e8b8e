//! One read: its attempts, each recorded, and the pauses between them.

use std::sync::Arc;

use super::breaker::Admitted;
use super::etags::Remembered;
use super::list::may_shrink;
use super::pace::{Sign, patience, pauses, renewals};
use super::{Options, PollError, Poller, Reply, Request, Source, Waiting};
use crate::clock::Clock;
use crate::model::{
    Exchange, Failure, Gap, Mono, MonoWindow, Record, Said, Span, Target, UnknownReason,
};

/// Page size of lists; the most GitHub gives.
pub(crate) const PER_PAGE: u32 = 100;

/// What a gap is of when nothing may be asked.
pub(super) const EVERY_REQUEST: &str = "every request";

/// Whether a 304 will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    /// The answer itself is evidence.
    Unconditional,
    /// Asked with `If-None-Match` where an answer is remembered.
    Revalidated,
}

/// What a read gave in the end.
#[derive(Debug)]
pub(super) struct Answer {
    /// Of the attempt that succeeded.
    pub(super) number: u64,
    /// Of a 304, what it refers to.
    pub(super) said: Arc<Said>,
    pub(super) next: Option<Arc<str>>,
}

/// What a wait is for, said to people.
pub(super) const LIMITED: &str = "GitHub's rate limit";
const ENOUGH: &str = "the minute to pass, as it had its requests";

impl<S: Source, C: Clock> Poller<'_, S, C> {
    /// Reads one object by id, which is always evidence. A failure is a gap.
    pub(super) async fn object(&self, target: Target) -> Option<Answer> {
        let from = self.clock.mono();
        let request = Request {
            target,
            next: None,
            per_page: PER_PAGE,
            etag: None,
        };
        match self.read(&request, Freshness::Unconditional).await {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.missed(from, &request.target.to_string(), &error);
                None
            }
        }
    }

    /// Reads once, trying again after passing faults. Counts as one planned
    /// read whatever the attempts.
    pub(super) async fn read(
        &self,
        request: &Request,
        freshness: Freshness,
    ) -> Result<Answer, PollError> {
        self.cycle.borrow_mut().reads_planned += 1;
        let request = self.conditioned(request, freshness);
        let read = self.attempts(&request).await;
        match &read {
            Ok(_) => self.cycle.borrow_mut().reads_got += 1,
            // A page that will be tried smaller is no sign of an outage.
            Err(_) if may_shrink(&request) => {}
            Err(error) => {
                let cycle = self.cycle.borrow().number;
                self.breaker.failed(cycle, &request.target, error);
            }
        }
        read
    }

    async fn attempts(&self, request: &Request) -> Result<Answer, PollError> {
        let mut pauses = pauses();
        let mut renewals = renewals();
        let mut retry = 0;
        loop {
            let (admitted, number, reply) = self.in_turn(request, retry).await?;
            let sent = 0 < reply.requests;
            let error = match self.answer(number, request, reply) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let pause = match error {
                PollError::Renewing(_) => renewals.next(),
                _ if error.may_pass() && is_tried_again(&request.target) => pauses.next(),
                _ => None,
            };
            let Some(pause) = pause.filter(|_| admitted == Admitted::Yes) else {
                return Err(error);
            };
            // A limit has closed the gate.
            if !matches!(error, PollError::Limited { .. }) {
                self.clock.sleep(pause).await;
            }
            // What had no token to be sent with is tried for the first time.
            retry += u32::from(sent);
        }
    }

    fn conditioned(&self, request: &Request, freshness: Freshness) -> Request {
        let mut etags = self.etags.borrow_mut();
        let known = match freshness {
            Freshness::Unconditional => None,
            Freshness::Revalidated => etags.recall(request),
        };
        Request {
            etag: known.map(|known| Arc::clone(&known.etag)),
            ..request.clone()
        }
    }

    /// What a reply gives; a 304 gives what it refers to.
    fn answer(&self, number: u64, request: &Request, reply: Reply) -> Result<Answer, PollError> {
        let said = reply.said?;
        let mut etags = self.etags.borrow_mut();
        if said == Said::NotModified {
            let known = etags.recall(request).ok_or_else(no_body)?;
            return Ok(Answer {
                number,
                said: Arc::clone(&known.said),
                next: known.next.clone(),
            });
        }
        let said = Arc::new(remembered(said, &request.target));
        if let Some(etag) = reply.head.etag.filter(|_| is_revalidated(&request.target)) {
            let remembered = Remembered {
                etag,
                said: Arc::clone(&said),
                next: reply.next.clone(),
            };
            etags.remember(request, remembered);
        }
        Ok(Answer {
            number,
            said,
            next: reply.next,
        })
    }

    /// Makes an attempt when its turn has come. The gate is passed last: it
    /// may have closed while the request waited for its turn, and closed for
    /// longer while it waited at the gate.
    async fn in_turn(
        &self,
        request: &Request,
        retry: u32,
    ) -> Result<(Admitted, u64, Reply), PollError> {
        // The semaphore is never closed; without a place the request is made
        // all the same.
        let _place = self.places.acquire().await;
        loop {
            let now = self.clock.mono();
            let closed = self.gate.closed_until(now).map_or(Ok(()), Err);
            match closed.and_then(|()| self.minute.admit(now)) {
                Ok(()) => break,
                Err(until) => self.pass_gate(until).await?,
            }
        }
        let admitted = self.breaker.admit();
        if admitted == Admitted::No {
            return Err(self.withheld());
        }
        let (number, reply) = self.attempt(request, retry).await;
        Ok((admitted, number, reply))
    }

    /// Waits while a rate limit lasts; gives up when that is beyond patience.
    async fn pass_gate(&self, until: Mono) -> Result<(), PollError> {
        let now = self.clock.mono();
        let Options { deadline, ends, .. } = self.options;
        let patience = patience(deadline, now);
        if ends.map_or(patience, |ends| ends.min(patience)) < until {
            return Err(PollError::Withheld {
                why: format!("rate limited for another {} s", (until - now).as_secs_f64()),
                reason: UnknownReason::RateLimited,
            });
        }
        let why = if self.gate.closed_until(now).is_some() {
            LIMITED
        } else {
            ENOUGH
        };
        self.say_waiting(until, why);
        self.clock.sleep_until(until).await;
        Ok(())
    }

    /// Tells of a wait once, however many requests wait.
    pub(super) fn say_waiting(&self, until: Mono, why: &str) {
        if self.announced.replace(Some(until)) != Some(until) {
            (self.on_wait)(&Waiting {
                until,
                why: why.to_owned(),
            });
        }
    }

    /// A read that the breaker holds back. The cycle has one gap for all.
    fn withheld(&self) -> PollError {
        let since = self.withheld_since.get();
        self.withheld_since.set(since.or(Some(self.clock.mono())));
        PollError::Withheld {
            why: "GitHub does not answer".to_owned(),
            reason: UnknownReason::HttpError,
        }
    }

    /// Makes one attempt and records it, answered or not. Its window begins
    /// when it is sent, not when it began to wait for its turn.
    async fn attempt(&self, request: &Request, retry: u32) -> (u64, Reply) {
        let number = self.number.get() + 1;
        self.number.set(number);
        let sent = self.clock.mono();
        let reply = self.source.ask(request).await;
        let window = MonoWindow {
            sent,
            received: self.clock.mono(),
        };
        // Charged to none of the App's tokens; how much of it there may be is
        // not known (`github-api.md` §10).
        let own_limit = request.target.is_of_an_app();
        self.note(&reply, window);
        self.minute.followed(reply.redirects(), window.received);
        let redirects = self.redirects.get() + u64::from(reply.redirects());
        self.redirects.set(redirects);
        if !own_limit {
            self.budget.note(&reply, window);
        }
        let exchange = exchange(number, self.cycle.borrow().number, request, retry, &reply);
        let exchange = Exchange {
            window,
            said: self.news_in(exchange.said),
            rate: exchange.rate.filter(|_| !own_limit),
            ..exchange
        };
        self.records
            .borrow_mut()
            .push(Record::Exchange(Box::new(exchange)));
        if let Some(raw) = &reply.raw {
            self.raws.borrow_mut().push((number, Arc::clone(raw)));
        }
        (number, reply)
    }

    fn note(&self, reply: &Reply, window: MonoWindow) {
        if reply.head.status.is_some() {
            self.answered.set(self.answered.get() + 1);
        }
        self.breaker.note(reply);
        let error = reply.said.as_ref().err();
        let closed = self.gate.note(Sign {
            error,
            date: reply.head.date,
            window,
        });
        if let Some((until, error)) = closed.zip(error) {
            self.cycle.borrow_mut().gaps.push(Gap {
                from: window.received,
                to: until,
                target: EVERY_REQUEST.into(),
                reason: error.reason(),
            });
        }
    }
}

fn exchange(number: u64, cycle: u32, request: &Request, retry: u32, reply: &Reply) -> Exchange {
    let zero = Mono::from_millis(0);
    let said = match &reply.said {
        Ok(said) => said.clone(),
        Err(error) => Said::Failed(Failure {
            reason: error.reason(),
            detail: error.to_string().into(),
        }),
    };
    Exchange {
        number,
        cycle,
        target: request.target.clone(),
        window: MonoWindow {
            sent: zero,
            received: zero + Span::ZERO,
        },
        url: Arc::clone(&reply.head.url),
        retry,
        conditional: request.etag.is_some(),
        status: reply.head.status,
        date: reply.head.date,
        request_id: reply.head.request_id.clone(),
        etag: reply.head.etag.clone(),
        age: reply.head.age,
        rate: reply.head.rate,
        retry_after: reply.head.retry_after,
        said,
    }
}

/// What is kept of an answer: many lists are remembered, and the poller itself
/// never looks at the steps of the jobs in them.
fn remembered(mut said: Said, target: &Target) -> Said {
    if let (Said::Jobs { jobs, .. }, Target::Jobs { .. }) = (&mut said, target) {
        for job in jobs {
            Arc::make_mut(job).steps = Vec::new();
        }
    }
    said
}

/// Reads that are ever made conditionally.
fn is_revalidated(target: &Target) -> bool {
    match target {
        Target::Runners { .. }
        | Target::Runs { .. }
        | Target::Jobs { .. }
        | Target::Repos { .. } => true,
        Target::Runner { .. }
        | Target::Run { .. }
        | Target::AllJobs { .. }
        | Target::Job { .. }
        | Target::Annotations { .. }
        | Target::Deliveries { .. }
        | Target::RateLimit => false,
    }
}

/// The log of deliveries is read anew in the next cycle, and nothing waits for
/// it in this one.
fn is_tried_again(target: &Target) -> bool {
    !matches!(target, Target::Deliveries { .. })
}

/// The body a 304 refers to went while it was on its way.
fn no_body() -> PollError {
    PollError::NotAnAnswer("304 Not Modified to a body no longer remembered".to_owned())
}
