//! The head of a line: `[2025-07-23 02:32:09Z INFO JobDispatcher] message`
//! (`runner-logs.md` §1.1). A head is one only at the very beginning of its
//! line: a script inside a dump can hold anything else.

use chrono::NaiveDate;

use crate::model::Timestamp;

/// A line that begins a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head<'l> {
    /// Only in the container's form, where every line has a head.
    pub(super) process: Option<Process>,
    /// `2025-07-23 02:32:09`, checked for its shape only.
    pub(super) time: &'l [u8],
    pub(super) component: &'l [u8],
    pub(super) message: &'l [u8],
}

/// Which program writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Process {
    Runner,
    Worker,
}

/// Length of `2025-07-23 02:32:09`.
pub(super) const TIME: usize = 19;

impl<'l> Head<'l> {
    pub(super) fn of(line: &'l [u8]) -> Option<Self> {
        let inside = line.strip_prefix(b"[")?;
        let (process, inside) = if let Some(rest) = inside.strip_prefix(b"RUNNER ") {
            (Some(Process::Runner), rest)
        } else if let Some(rest) = inside.strip_prefix(b"WORKER ") {
            (Some(Process::Worker), rest)
        } else {
            (None, inside)
        };
        let (time, rest) = inside.split_at_checked(TIME)?;
        let rest = rest.strip_prefix(b"Z ").filter(|_| is_time(time))?;
        let level = rest.iter().position(|byte| !byte.is_ascii_alphabetic())?;
        let rest = rest.get(level..).filter(|_| 0 < level)?;
        let rest = rest.strip_prefix(b" ")?.trim_ascii_start();
        let end = memchr::memchr(b']', rest)?;
        let (component, message) = (&rest[..end], &rest[end + 1..]);
        Some(Self {
            process,
            time,
            component,
            message: message.strip_prefix(b" ").unwrap_or(message),
        })
    }
}

/// `dddd-dd-dd dd:dd:dd`.
pub(super) fn is_time(text: &[u8]) -> bool {
    const SHAPE: &[u8; TIME] = b"0000-00-00 00:00:00";
    let fits = |(byte, shape): (&u8, &u8)| match shape {
        b'0' => byte.is_ascii_digit(),
        mark => byte == mark,
    };
    text.len() == TIME && text.iter().zip(SHAPE).all(fits)
}

/// The instant that a checked time names; the calendar may not have it.
pub(super) fn instant(time: &[u8]) -> Option<Timestamp> {
    let number = |from: usize, to: usize| {
        let digits = time.get(from..to)?.iter();
        Some(digits.fold(0, |sum, digit| sum * 10 + u32::from(digit & 0x0f)))
    };
    let year = i32::try_from(number(0, 4)?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, number(5, 7)?, number(8, 10)?)?;
    let at = day.and_hms_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?)?;
    Some(Timestamp::from_millis(at.and_utc().timestamp_millis()))
}
