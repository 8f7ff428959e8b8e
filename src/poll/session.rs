//! One read: its attempts, each recorded; the pauses between them; and the
//! pages of a list.

use std::sync::Arc;

use super::pace::pauses;
use super::{PollError, Poller, Reply, Request, Source, Waiting};
use crate::clock::Clock;
use crate::model::{Exchange, Failure, Gap, Mono, MonoWindow, Record, Said, Span, Target};

/// Page size of lists; the most GitHub gives.
const PER_PAGE: u32 = 100;

/// Smaller pages, tried in turn when GitHub cannot build a large one in its
/// 10 s (`github-api.md` §4).
const SMALLER_PAGES: [u32; 2] = [50, 30];

/// A filtered list ends at 1,000 results; no list is followed much beyond
/// what it said it holds.
const MOST_PAGES: u32 = 200;

/// A list, as far as it could be read.
pub(super) struct Pages {
    pub(super) answers: Vec<Said>,
    pub(super) total: Option<u64>,
    /// Why a page is missing.
    pub(super) error: Option<PollError>,
}

/// How far a list is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    All,
    FirstPage,
}

impl<S: Source, C: Clock> Poller<'_, S, C> {
    /// Reads a list page by page, with smaller pages when large ones fail.
    pub(super) async fn list(&self, target: impl Fn(u32) -> Target, follow: Follow) -> Pages {
        let mut pages = self.list_by(&target, follow, PER_PAGE).await;
        for size in SMALLER_PAGES {
            if !matches!(&pages.error, Some(PollError::NotAnAnswer(_))) || !shrinks(&target(1)) {
                break;
            }
            pages = self.list_by(&target, follow, size).await;
        }
        pages
    }

    async fn list_by(
        &self,
        target: &impl Fn(u32) -> Target,
        follow: Follow,
        per_page: u32,
    ) -> Pages {
        let mut pages = Pages {
            answers: Vec::new(),
            total: None,
            error: None,
        };
        let mut next: Option<Arc<str>> = None;
        for page in 1..=MOST_PAGES {
            let request = Request {
                target: target(page),
                next: next.take(),
                per_page,
                etag: None,
            };
            match self.read(&request).await {
                Ok((_, said, following)) => {
                    pages.total = total(&said).or(pages.total);
                    pages.answers.push(said);
                    next = following;
                }
                Err(error) => pages.error = Some(error),
            }
            let enough = pages
                .total
                .is_some_and(|total| most_pages(total, per_page) <= page);
            if next.is_none() || enough || follow == Follow::FirstPage {
                break;
            }
        }
        pages
    }

    /// Reads one object by id; with the number of the attempt that succeeded.
    pub(super) async fn object(&self, target: Target) -> Result<(u64, Said), PollError> {
        let request = Request {
            target,
            next: None,
            per_page: PER_PAGE,
            etag: None,
        };
        let (number, said, _) = self.read(&request).await?;
        Ok((number, said))
    }

    /// Reads once, trying again after passing faults. Counts as one planned
    /// read whatever the attempts.
    async fn read(&self, request: &Request) -> Result<(u64, Said, Option<Arc<str>>), PollError> {
        self.cycle.borrow_mut().reads_planned += 1;
        let mut pauses = pauses();
        let mut retry = 0;
        loop {
            self.pass_gate().await?;
            let (number, reply) = self.attempt(request, retry).await;
            let error = match reply.said {
                Ok(said) => {
                    self.cycle.borrow_mut().reads_got += 1;
                    return Ok((number, said, reply.next));
                }
                Err(error) => error,
            };
            let limited = matches!(error, PollError::Limited { .. });
            let pause = pauses.next().filter(|_| limited || error.is_transient());
            let Some(pause) = pause else {
                return Err(error);
            };
            if !limited {
                self.clock.sleep(pause).await;
            }
            retry += 1;
        }
    }

    /// Waits while a rate limit lasts; gives up when it outlasts the
    /// deadline.
    async fn pass_gate(&self) -> Result<(), PollError> {
        let now = self.clock.mono();
        let Some(until) = self.gate.closed_until(now) else {
            return Ok(());
        };
        if self
            .options
            .deadline
            .is_some_and(|deadline| deadline < until)
        {
            return Err(PollError::Limited {
                detail: format!("rate limited for another {} s", (until - now).as_secs_f64()),
                retry_after: Some(until - now),
                reset: None,
            });
        }
        (self.on_wait)(&Waiting {
            span: until - now,
            why: "GitHub's rate limit".to_owned(),
        });
        self.clock.sleep_until(until).await;
        Ok(())
    }

    /// Makes one attempt and records it, answered or not. Its window begins
    /// when it is sent, not when it began to wait for its turn.
    pub(super) async fn attempt(&self, request: &Request, retry: u32) -> (u64, Reply) {
        // The semaphore is never closed; without a place the request is made
        // all the same.
        let _place = self.places.acquire().await;
        let number = self.number.get() + 1;
        self.number.set(number);
        let sent = self.clock.mono();
        let reply = self.source.ask(request).await;
        let received = self.clock.mono();
        self.note(&reply, received);
        let exchange = exchange(number, self.cycle.borrow().number, request, retry, &reply);
        self.records
            .borrow_mut()
            .push(Record::Exchange(Box::new(Exchange {
                window: MonoWindow { sent, received },
                ..exchange
            })));
        if let Some(raw) = &reply.raw {
            self.raws.borrow_mut().push((number, Arc::clone(raw)));
        }
        (number, reply)
    }

    fn note(&self, reply: &Reply, received: Mono) {
        if reply.head.status.is_some() {
            self.answered.set(self.answered.get() + 1);
        }
        match &reply.said {
            Ok(_) => self.gate.open(),
            Err(error) => {
                let until = self.gate.close(error, reply.head.date, received);
                if let Some(until) = until {
                    self.cycle.borrow_mut().gaps.push(Gap {
                        from: received,
                        to: until,
                        target: "every request".into(),
                        reason: error.reason(),
                    });
                }
            }
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
        said,
    }
}

fn total(said: &Said) -> Option<u64> {
    match said {
        Said::Runners { total, .. } | Said::Runs { total, .. } | Said::Jobs { total, .. } => *total,
        Said::Runner(_)
        | Said::Run(_)
        | Said::Job(_)
        | Said::RateLimit
        | Said::NotModified
        | Said::Failed(_) => None,
    }
}

/// Pages a list of this length can have, with room for its growing.
fn most_pages(total: u64, per_page: u32) -> u32 {
    let pages = total.div_ceil(u64::from(per_page)) + 2;
    u32::try_from(pages).unwrap_or(MOST_PAGES)
}

/// Lists that GitHub is known to fail to build when they are large.
fn shrinks(target: &Target) -> bool {
    matches!(target, Target::Jobs { .. })
}
