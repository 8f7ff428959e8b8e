//! What the messages of a runner's listener mean (`runner-logs.md` §2).
//! Everything not named here says nothing about a job or a lease.

use std::sync::Arc;

use super::dump::{Begins, Frame, Name};
use super::header;
use super::jobs::Received;
use super::lease;
use super::log::{Component, Log, cut, cut_last, names, unescaped};
use super::page::{Beginning, Page, text};
use super::trouble::{Rank, Sure};
use crate::model::{LogEnd, RunnerEventKind, RunnerId, Timestamp};

/// Takes one message in.
pub(super) fn message(log: &mut Log, at: Timestamp, component: &[u8], message: &[u8]) {
    match component {
        b"JobDispatcher" => dispatcher(log, at, message),
        b"Terminal" => written(log, at, message),
        b"MessageListener" | b"BrokerMessageListener" => polling(log, at, message),
        b"GitHubActionsService" => log.request(at, message),
        b"BrokerServer" | b"RunServer" | b"RunnerServer" => server(log, at, message),
        b"Runner" => runner(log, at, message),
        b"HostContext" => host(log, at, message),
        b"Listener" => program(log, message),
        b"ConfigurationStore" | b"ConfigurationManager" => settings(log, message),
        _ => {}
    }
}

/// What the terminal shows, in the log or beside it: its time may be in it.
pub(super) fn shown(log: &mut Log, at: Timestamp, line: &[u8]) {
    let line = timed(line).map_or(line, |(_, rest)| rest);
    // A terminal's copy can be filled up with blanks.
    let line = line.trim_ascii_end();
    if let Some(name) = line.strip_prefix(b"Running job: ") {
        log.jobs.running(&mut log.page, at, name);
    } else if let Some(rest) = line.strip_prefix(b"Job ")
        && let Some((name, how)) = cut_last(rest, b" completed with result: ")
    {
        log.jobs.completed(&mut log.page, at, name, how);
    } else if let Some(version) = line.strip_prefix(b"Current runner version: '") {
        let version = version.split(|byte| *byte == b'\'').next();
        let known = log.page.version.take();
        log.page.version = known.or_else(|| version.map(text));
    } else if let Some(version) = line.strip_prefix(b"Downloading ")
        && let Some((version, b"")) = cut(version, b" runner")
    {
        let mut events = log.page.events.iter_mut();
        let update = events.rfind(|event| event.kind == RunnerEventKind::SelfUpdate);
        if let Some(update) = update {
            update.detail = Some(text(version));
        }
    }
}

/// `2025-07-23 02:38:05Z: text`, as the terminal shows it.
pub(super) fn timed(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (time, rest) = line.split_at_checked(header::TIME)?;
    let rest = rest.strip_prefix(b"Z: ")?;
    header::is_time(time).then_some((time, rest))
}

/// One scalar of the dumped settings.
pub(super) fn setting(page: &mut Page, path: &[Frame], scalar: &[u8]) {
    let mut names = names(path);
    let (Some(Some(name)), None) = (names.next(), names.next()) else {
        return;
    };
    match name {
        Name::AgentId => {
            let id = std::str::from_utf8(scalar).ok();
            let id = id.and_then(|id| id.parse().ok()).filter(|id| *id != 0);
            page.settings.id = id.map(RunnerId).or(page.settings.id);
        }
        Name::Agent => page.settings.name = unescaped(scalar),
        Name::GitHubUrl => {
            if let Some(url) = unescaped(scalar) {
                page.settings.registered_at(&url);
            }
        }
        _ => {}
    }
}

fn dispatcher(log: &mut Log, at: Timestamp, message: &[u8]) {
    if let Some(rest) = message.strip_prefix(b"Successfully renew job") {
        renewed(log, at, rest);
    } else if !began(log, at, message) && !ended(log, at, message) {
        renewal_trouble(log, at, message);
    }
}

/// Takes in a line about the beginning of a job, if it is one.
fn began(log: &mut Log, at: Timestamp, message: &[u8]) -> bool {
    let (page, jobs) = (&mut log.page, &mut log.jobs);
    if let Some(line) = received(message) {
        jobs.received(page, at, line);
    } else if let Some(rest) = message.strip_prefix(b"Start renew job request ")
        && let Some((request, guid)) = cut(rest, b" for job ")
    {
        jobs.leasing(page, request, sentence(guid));
    } else if let Some(guid) = message.strip_prefix(b"Send job request message to worker for job ")
    {
        let job = jobs.of_guid(page, sentence(guid));
        jobs.started(page, at, job);
    } else {
        return false;
    }
    true
}

/// Takes in a line about the end of a job, if it is one. A job can also end
/// without a result: nobody finishes it any more.
fn ended(log: &mut Log, at: Timestamp, message: &[u8]) -> bool {
    let (page, jobs) = (&mut log.page, &mut log.jobs);
    if let Some(rest) = message.strip_prefix(b"finish job request for job ")
        && let Some((guid, how)) = cut(rest, b" with result: ")
    {
        jobs.finished(page, at, guid, how);
    } else if let Some(rest) = message.strip_prefix(b"Job request message sending for job ")
        && let Some((guid, b"been cancelled, kill running worker.")) = cut(rest, b" ")
    {
        let job = jobs.of_guid(page, guid);
        jobs.end(page, at, job, b"its worker did not take it");
    } else if let Some(rest) = message.strip_prefix(b"Unable to renew job request for job ")
        && let Some((guid, _)) = cut(rest, b" for the first time")
    {
        let job = jobs.of_guid(page, guid);
        jobs.end(page, at, job, b"its lease was never renewed");
    } else {
        return false;
    }
    true
}

fn renewal_trouble(log: &mut Log, at: Timestamp, message: &[u8]) {
    let named = [
        &b"TaskAgentJobNotFoundException received"[..],
        b"TaskAgentJobTokenExpiredException received",
        b"Lock renewal has run out of retry",
    ];
    if message.starts_with(b"Catch exception during renew runner job") {
        log.fails(at, Sure::Yes, Rank::Named, message);
    } else if named.iter().any(|named| message.starts_with(named)) {
        log.fails(at, Sure::Yes, Rank::Answered, message);
    } else if is_exception(message) {
        log.trouble.cause(at, message);
    }
}

/// Behind `Successfully renew job`: ` request {id}, …` in the V1 flow, else
/// ` {guid}, job is valid till {date}`. A cut line is a renewal all the same.
fn renewed(log: &mut Log, at: Timestamp, rest: &[u8]) {
    let (who, till) = cut(rest, b",").unwrap_or((rest, b""));
    let job = if let Some(request) = who.strip_prefix(b" request ") {
        log.jobs.of_request(&mut log.page, request)
    } else {
        let guid = who.strip_prefix(b" ").unwrap_or(who);
        log.jobs.of_guid(&mut log.page, guid)
    };
    let stated = till.strip_prefix(b" job is valid till ");
    let stated = stated.and_then(|date| lease::valid_till(date, at));
    if let Some(till) = stated {
        log.page.skews.by_lease(at - (till - lease::LENGTH));
    }
    let assumed = || Arc::from("its end is assumed, 600 s after the renewal");
    let detail = stated.is_none().then(assumed);
    log.page
        .detailed(at, RunnerEventKind::LeaseRenewed, Some(job), detail);
    if let Some(event) = log.page.events.last_mut() {
        event.valid_till = stated.or(Some(at + lease::LENGTH));
    }
}

/// `Job request {id} for plan {plan} job {guid} received.`
fn received(message: &[u8]) -> Option<Received<'_>> {
    let rest = message.strip_prefix(b"Job request ")?;
    let (request, rest) = cut(rest, b" for plan ")?;
    let (plan, rest) = cut(rest, b" job ")?;
    let guid = rest.strip_suffix(b" received.")?;
    Some(Received {
        request,
        plan,
        guid,
    })
}

/// `WRITE LINE: {text}` and `WRITE ERROR: {text}`.
fn written(log: &mut Log, at: Timestamp, message: &[u8]) {
    if let Some(line) = message.strip_prefix(b"WRITE LINE: ") {
        shown(log, at, line);
    } else if let Some(line) = message.strip_prefix(b"WRITE ERROR: ") {
        let line = timed(line).map_or(line, |(_, rest)| rest);
        if line.starts_with(b"Runner connect error") {
            log.fails(at, Sure::Perhaps, Rank::Named, line);
        }
    }
}

fn polling(log: &mut Log, at: Timestamp, message: &[u8]) {
    let failures = [
        &b"Retriable exception: "[..],
        b"Non-retriable exception: ",
        b"Catch exception during create session",
        b"The session for this runner already exists",
        b"TaskAgentSessionExpiredException received",
    ];
    if message.starts_with(b"{") {
        settings(log, message);
    } else if message.starts_with(b"Attempt to create session") {
        log.page.creates_session();
    } else if let Some((_, session)) = cut(message, b"' received from session '") {
        log.page
            .session(session.strip_suffix(b"'.").unwrap_or(session));
    } else if let Some(state) = message.strip_prefix(b"Received job status event. JobState: ") {
        log.trouble.excuse(at);
        let state = Some(text(sentence(state)));
        log.page
            .detailed(at, RunnerEventKind::JobState, None, state);
    } else if message.starts_with(b"Get messages has been cancelled using local token source") {
        log.trouble.own_doing();
    } else if message.starts_with(b"Catch exception during get next message") {
        log.fails(at, Sure::Perhaps, Rank::Noticed, message);
    } else if failures.iter().any(|failure| message.starts_with(failure)) {
        log.fails(at, Sure::Yes, Rank::Named, message);
    } else if is_exception(message) {
        log.trouble.cause(at, message);
    }
}

/// The settings as JSON; they may be shown again, and then have changed.
fn settings(log: &mut Log, message: &[u8]) {
    if !message.starts_with(b"{") {
        return;
    }
    if log.page.settings.id.is_some() && !log.page.events.is_empty() {
        log.turn_page(Beginning::Inside);
    }
    log.enter(Component::Settings, Begins::AtStart);
    log.more(message);
}

fn server(log: &mut Log, at: Timestamp, message: &[u8]) {
    if message.starts_with(b"Catch exception during request") {
        log.fails(at, Sure::Perhaps, Rank::Noticed, message);
    } else if let Some(rest) = message.strip_prefix(b"Back off ") {
        let left = cut(rest, b"next retry. ").map(|(_, left)| left);
        let first = left.is_none_or(|left| left.starts_with(b"4 attempt"));
        let sure = if first { Sure::Perhaps } else { Sure::Yes };
        log.fails(at, sure, Rank::Noticed, message);
    } else if is_exception(message) {
        log.trouble.cause(at, message);
    }
}

fn runner(log: &mut Log, at: Timestamp, message: &[u8]) {
    if message.starts_with(b"Refresh message received") {
        log.page.event(at, RunnerEventKind::SelfUpdate, None);
    } else if message.starts_with(b"Skipping message Job.")
        || message.starts_with(b"Runner registration no longer exists")
        || message.starts_with(b"Caught exception from acquiring job message")
    {
        log.fails(at, Sure::Yes, Rank::Named, message);
    } else if message.starts_with(b"Runner execution has finished with return code") {
        log.ends(LogEnd::Complete);
    }
}

fn host(log: &mut Log, at: Timestamp, message: &[u8]) {
    if let Some(reason) = message.strip_prefix(b"Runner will be shutdown for ") {
        log.trouble.excuse(at);
        log.ends(LogEnd::Shutdown);
        log.page
            .detailed(at, RunnerEventKind::Shutdown, None, Some(text(reason)));
    }
}

fn program(log: &mut Log, message: &[u8]) {
    let version = message.strip_prefix(b"Version: ");
    if version.is_some() || message.starts_with(b"Runner is built for ") {
        if log.page.version.is_some() {
            log.turn_page(Beginning::Start);
        }
        log.page.begins = Beginning::Start;
        log.page.version = version.map(text);
    } else if message.starts_with(b"Runner execution has finished with return code") {
        log.ends(LogEnd::Complete);
    }
}

/// `System.TimeoutException: text`, not a frame of its stack.
fn is_exception(message: &[u8]) -> bool {
    let name = message.split(|byte| *byte == b':').next();
    name.is_some_and(|name| name.ends_with(b"Exception") && !name.contains(&b' '))
}

/// Without its full stop.
fn sentence(text: &[u8]) -> &[u8] {
    text.strip_suffix(b".").unwrap_or(text)
}
