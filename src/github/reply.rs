//! An answer → a [`Reply`]: what was said, or why nothing was
//! (`github-api.md` §6, §9). Pure.

use std::sync::Arc;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::api::Api;
use super::fault::{Refusal, status_line};
use super::fetch::Answer;
use super::redact::Redactor;
use super::{head, link};
use crate::model::{Rate, RepoName, Said, Target, shared};
use crate::poll::{Access, Head, PollError, Reply, Request};
use crate::wire::{self, List};

/// What is needed to read an answer.
pub(super) struct Reading<'a> {
    pub(super) api: &'a Api,
    pub(super) redactor: &'a Redactor,
    pub(super) request: &'a Request,
}

impl Reading<'_> {
    /// No answer, none that may be looked at, or nothing that was asked.
    pub(super) fn failed(&self, head: Head, error: PollError) -> Reply {
        Reply {
            head: Head {
                url: self.redactor.exact(&head.url).into(),
                ..head
            },
            said: Err(self.clean(error)),
            next: None,
            raw: None,
            requests: 0,
        }
    }

    pub(super) fn reply(&self, answer: &Answer) -> Reply {
        let url = self.redactor.exact(answer.url.as_str());
        let mut head = head::read(&url, answer.status.as_u16(), &answer.headers);
        self.redact(&mut head);
        let body = self.body(answer);
        let said = self.said(answer, body.as_deref(), &mut head.rate);
        let is_page = said.is_ok();
        Reply {
            head,
            said: said.map_err(|error| self.clean(error)),
            next: is_page.then(|| self.next(answer)).flatten(),
            raw: body.ok().filter(|_| self.is_proof(answer)).map(Arc::from),
            requests: 1,
        }
    }

    fn next(&self, answer: &Answer) -> Option<Arc<str>> {
        let is_list = matches!(
            self.request.target,
            Target::Runners { .. }
                | Target::Runs { .. }
                | Target::Jobs { .. }
                | Target::AllJobs { .. }
                | Target::Annotations { .. }
                | Target::Repos { .. }
                | Target::Deliveries { .. }
        );
        let next = is_list.then(|| link::next(&answer.headers, self.api))?;
        next.map(Arc::from)
    }

    /// The body as text, or what is wrong with it. A token that the server
    /// echoes goes no further than here.
    fn body(&self, answer: &Answer) -> Result<String, String> {
        let bytes = answer.body.as_ref().map_err(ToString::to_string)?;
        let text = str::from_utf8(bytes).map_err(|_| "a body that is not UTF-8".to_owned())?;
        if text.trim().is_empty() {
            return Err("an empty body".to_owned());
        }
        if !head::is_json(&answer.headers) {
            return Err("a body that is not JSON by its content type".to_owned());
        }
        Ok(self.redactor.exact(text))
    }

    fn said(
        &self,
        answer: &Answer,
        body: Result<&str, &String>,
        rate: &mut Option<Rate>,
    ) -> Result<Said, PollError> {
        let line = status_line(answer.status, &answer.headers);
        let unusable = |why: &str| PollError::NotAnAnswer(format!("{line}: {why}"));
        match answer.status {
            StatusCode::OK => {
                let text = body.map_err(|why| unusable(why))?;
                self.decode(text, rate).map_err(|odd| match odd {
                    Odd::Body(why) => unusable(&why),
                    Odd::Object(why) => PollError::Undecodable(format!("{line}: {why}")),
                })
            }
            StatusCode::NOT_MODIFIED if self.request.etag.is_some() => Ok(Said::NotModified),
            status if status.is_client_error() => self.refused(answer, body.ok(), *rate),
            status if status.is_server_error() => Err(down(line, &answer.headers)),
            // A redirect that was not followed says why in place of a body.
            _ => Err(unusable(
                body.err().map_or("an unexpected status", String::as_str),
            )),
        }
    }

    /// A JSON 404 of a read by id says that there is no such thing; of a
    /// list it says nothing about its items.
    fn refused(
        &self,
        answer: &Answer,
        body: Option<&str>,
        rate: Option<Rate>,
    ) -> Result<Said, PollError> {
        let json = body.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let json = json.filter(Value::is_object);
        let absent = self.absent().filter(|_| json.is_some());
        if let (StatusCode::NOT_FOUND, Some(absent)) = (answer.status, absent) {
            return Ok(absent);
        }
        let refusal = Refusal {
            status: answer.status,
            headers: &answer.headers,
            rate,
            body: json.as_ref(),
        };
        Err(refusal.error())
    }

    fn absent(&self) -> Option<Said> {
        match self.request.target {
            Target::Runner { .. } => Some(Said::Runner(None)),
            Target::Run { .. } => Some(Said::Run(None)),
            Target::Job { .. } => Some(Said::Job(None)),
            Target::Runners { .. }
            | Target::Runs { .. }
            | Target::Jobs { .. }
            | Target::AllJobs { .. }
            | Target::Annotations { .. }
            | Target::Repos { .. }
            | Target::Deliveries { .. }
            | Target::RateLimit => None,
        }
    }

    /// A 200 as what was asked for. An object with another id than the one
    /// asked for answers another question.
    fn decode(&self, text: &str, rate: &mut Option<Rate>) -> Result<Said, Odd> {
        match &self.request.target {
            Target::Runners { .. } => runners(text).map_err(Odd::Body),
            Target::Runs { .. } => runs(text).map_err(Odd::Body),
            Target::Jobs { repo, .. } | Target::AllJobs { repo, .. } => {
                jobs(text, repo).map_err(Odd::Body)
            }
            Target::Annotations { .. } => annotations(text).map_err(Odd::Body),
            Target::Repos { owner, .. } => repos(text, owner).map_err(Odd::Body),
            Target::Deliveries { .. } => deliveries(text).map_err(Odd::Body),
            Target::Runner { id, .. } => {
                let runner = object(text, wire::runner_from_value)?;
                same(&runner.id, id)?;
                Ok(Said::Runner(Some(runner)))
            }
            Target::Run { id, .. } => {
                let run = object(text, wire::run_from_value)?;
                same(&run.id, id)?;
                Ok(Said::Run(Some(run)))
            }
            Target::Job { repo, id } => {
                let job = object(text, |value| wire::job_from_value(value, Some(repo)))?;
                same(&job.id, id)?;
                Ok(Said::Job(Some(Box::new(job))))
            }
            Target::RateLimit => {
                let core = head::rate_of_body(&json(text)?);
                let none = || Odd::Body("no figures in resources.core".to_owned());
                *rate = Some(core.ok_or_else(none)?);
                Ok(Said::RateLimit)
            }
        }
    }

    /// Reads by id of runners and jobs are what a ticket quotes.
    fn is_proof(&self, answer: &Answer) -> bool {
        matches!(answer.status, StatusCode::OK | StatusCode::NOT_FOUND)
            && matches!(
                self.request.target,
                Target::Runner { .. } | Target::Job { .. }
            )
    }

    /// A token that the server echoes in a header goes no further than one in a
    /// body. An `ETag` with a piece missing is none.
    fn redact(&self, head: &mut Head) {
        let exact = |text: &Arc<str>| Arc::from(self.redactor.exact(text));
        head.request_id = head.request_id.as_ref().map(exact);
        head.etag = head.etag.take().filter(|etag| exact(etag) == *etag);
        let Access {
            scopes, accepted, ..
        } = &mut head.access;
        for text in scopes.iter_mut().flatten().chain(accepted) {
            *text = self.redactor.shown(text).into();
        }
    }

    /// No text leaves this room with a token in it.
    fn clean(&self, error: PollError) -> PollError {
        let shown = |text: String| self.redactor.shown(&text);
        match error.reworded(shown) {
            PollError::Forbidden { detail, permission } => PollError::Forbidden {
                detail,
                permission: permission.map(shown),
            },
            other => other,
        }
    }
}

/// What is wrong with a 200.
enum Odd {
    /// It is not what was asked for.
    Body(String),
    /// It is, and says nothing usable.
    Object(String),
}

fn json(text: &str) -> Result<Value, Odd> {
    serde_json::from_str(text)
        .map_err(|error| Odd::Body(format!("a body that is not JSON: {error}")))
}

fn object<T>(text: &str, decode: impl Fn(&Value) -> Result<T, String>) -> Result<T, Odd> {
    decode(&json(text)?).map_err(Odd::Object)
}

fn same<T: PartialEq + std::fmt::Display>(got: &T, asked: &T) -> Result<(), Odd> {
    if got == asked {
        return Ok(());
    }
    let why = format!("asked for {asked}, answered about {got}");
    Err(Odd::Object(why))
}

fn runners(text: &str) -> Result<Said, String> {
    let page = wire::page(text, List::Runners, wire::runner_from_value)?;
    Ok(Said::Runners {
        total: page.total,
        runners: shared(page.items),
        undecodable: page.undecodable,
    })
}

fn runs(text: &str) -> Result<Said, String> {
    let page = wire::page(text, List::Runs, wire::run_from_value)?;
    Ok(Said::Runs {
        total: page.total,
        runs: shared(page.items),
        undecodable: page.undecodable,
    })
}

fn jobs(text: &str, repo: &RepoName) -> Result<Said, String> {
    let page = wire::page(text, List::Jobs, |value| {
        wire::job_from_value(value, Some(repo))
    })?;
    Ok(Said::Jobs {
        total: page.total,
        jobs: shared(page.items),
        undecodable: page.undecodable,
    })
}

fn annotations(text: &str) -> Result<Said, String> {
    let page = wire::annotations(text)?;
    Ok(Said::Annotations {
        annotations: page.items,
        undecodable: page.undecodable,
    })
}

fn deliveries(text: &str) -> Result<Said, String> {
    let page = wire::deliveries(text)?;
    Ok(Said::Deliveries {
        deliveries: page.items,
        undecodable: page.undecodable,
    })
}

/// An installation may list other owners' repositories, too.
fn repos(text: &str, owner: &str) -> Result<Said, String> {
    let (mut page, sight) = wire::repos(text)?;
    page.items
        .retain(|repo| repo.name.owner.eq_ignore_ascii_case(owner));
    Ok(Said::Repos {
        total: page.total,
        repos: page.items,
        undecodable: page.undecodable,
        sight,
    })
}

/// A failure of the server, which may say when to come back.
pub(super) fn down(line: String, headers: &HeaderMap) -> PollError {
    match head::retry_after(headers) {
        Some(retry_after) => PollError::Unavailable {
            detail: line,
            retry_after,
        },
        None => PollError::NotAnAnswer(line),
    }
}
