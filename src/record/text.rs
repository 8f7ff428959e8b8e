//! How single values of the model are spelled in a recording.
//!
//! Words and times are text, ids and lengths are numbers. These are functions
//! for serde's `with`, as the model itself is never serialized.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::model::{
    Conclusion, Hook, Host, JobId, JobStatus, Kind, LogEnd, Mono, News, OnlineStatus, Purpose,
    RepoId, RepoName, RepoState, RunId, RunnerEventKind, RunnerId, Scope, Span, Timestamp,
    UnknownReason,
};

/// A value that is spelled as one other: [`Arc<str>`], `u64` or `i64`.
pub(super) trait Spelled: Sized {
    type As: Serialize + for<'de> Deserialize<'de>;
    fn spell(&self) -> Self::As;
    fn read(spelling: Self::As) -> Option<Self>;
}

pub(super) fn serialize<T: Spelled, S: Serializer>(value: &T, out: S) -> Result<S::Ok, S::Error> {
    value.spell().serialize(out)
}

pub(super) fn deserialize<'de, T: Spelled, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    T::read(T::As::deserialize(from)?).ok_or_else(|| unknown::<T, D::Error>())
}

fn unknown<T, E: de::Error>() -> E {
    let path = std::any::type_name::<T>();
    let name = path.rsplit_once("::").map_or(path, |(_, name)| name);
    E::custom(format_args!("no value of {name}"))
}

/// The same for optional values; an absent key is `None` by `default`.
pub(super) mod opt {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Spelled, unknown};

    #[expect(clippy::ref_option, reason = "serde's `with` passes fields so")]
    pub(crate) fn serialize<T: Spelled, S: Serializer>(
        value: &Option<T>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().map(Spelled::spell).serialize(out)
    }

    pub(crate) fn deserialize<'de, T: Spelled, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        let Some(spelling) = Option::<T::As>::deserialize(from)? else {
            return Ok(None);
        };
        T::read(spelling)
            .map(Some)
            .ok_or_else(|| unknown::<T, D::Error>())
    }
}

/// The same for lists.
pub(super) mod list {
    use super::{Deserialize, Deserializer, Serializer, Spelled, unknown};

    pub(crate) fn serialize<T: Spelled, S: Serializer>(
        values: &[T],
        out: S,
    ) -> Result<S::Ok, S::Error> {
        out.collect_seq(values.iter().map(Spelled::spell))
    }

    pub(crate) fn deserialize<'de, T: Spelled, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<T>, D::Error> {
        Vec::<T::As>::deserialize(from)?
            .into_iter()
            .map(|spelling| T::read(spelling).ok_or_else(|| unknown::<T, D::Error>()))
            .collect()
    }
}

/// Whether a count is left out.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields so")]
pub(super) fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// Whether a flag is left out.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields so")]
pub(super) fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Spells as text by `Display` and reads back by `parse`.
macro_rules! as_text {
    ($($type:ty: $spell:expr, $read:expr;)*) => {$(
        impl Spelled for $type {
            type As = Arc<str>;
            fn spell(&self) -> Arc<str> {
                let spell: fn(&Self) -> String = $spell;
                spell(self).into()
            }
            fn read(text: Arc<str>) -> Option<Self> {
                let read: fn(&str) -> Option<Self> = $read;
                read(&text)
            }
        }
    )*};
}

as_text! {
    Timestamp: spell_time, read_time;
    Scope: ToString::to_string, Self::parse;
    RepoName: ToString::to_string, Self::parse;
    Host: ToString::to_string, |text| Some(Self::new(text));
    JobStatus: |it| it.as_str().to_owned(), |text| Some(Self::parse(text));
    Conclusion: |it| it.as_str().to_owned(), |text| Some(Self::parse(text));
    OnlineStatus: |it| it.as_str().to_owned(), |text| Some(Self::parse(text));
    Kind: |it| it.as_str().to_owned(), |text| Self::ALL.into_iter().find(|it| it.as_str() == text);
    UnknownReason: |it| it.as_str().to_owned(), |text| Self::ALL.into_iter().find(|it| it.as_str() == text);
    News: |it| news_word(*it).to_owned(), |text| NEWS.into_iter().find(|it| news_word(*it) == text);
    Purpose: |it| purpose_word(*it).to_owned(), |text| PURPOSES.into_iter().find(|it| purpose_word(*it) == text);
    RunnerEventKind: |it| it.as_str().to_owned(), |text| Self::ALL.into_iter().find(|it| it.as_str() == text);
    Hook: ToString::to_string, Self::parse;
    RepoState: |it| it.as_str().to_owned(), |text| Self::ALL.into_iter().find(|it| it.as_str() == text);
    LogEnd: |it| it.as_str().to_owned(), |text| Self::ALL.into_iter().find(|it| it.as_str() == text);
}

/// Spells as a number.
macro_rules! as_number {
    ($($type:ty: $number:ty, $spell:expr, $read:expr;)*) => {$(
        impl Spelled for $type {
            type As = $number;
            fn spell(&self) -> $number {
                let spell: fn(Self) -> $number = $spell;
                spell(*self)
            }
            fn read(number: $number) -> Option<Self> {
                let read: fn($number) -> Self = $read;
                Some(read(number))
            }
        }
    )*};
}

as_number! {
    RunnerId: u64, |it| it.0, Self;
    JobId: u64, |it| it.0, Self;
    RunId: u64, |it| it.0, Self;
    RepoId: u64, |it| it.0, Self;
    Mono: i64, Self::as_millis, Self::from_millis;
    Span: i64, Self::as_millis, Self::millis;
}

/// RFC 3339, or milliseconds for an instant that no calendar text can say.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes what it serializes by reference"
)]
fn spell_time(at: &Timestamp) -> String {
    let text = at.to_string();
    if Timestamp::parse(&text) == Some(*at) {
        return text;
    }
    format!("{}ms", at.as_millis())
}

fn read_time(text: &str) -> Option<Timestamp> {
    if let Some(millis) = text.strip_suffix("ms") {
        return millis.parse().ok().map(Timestamp::from_millis);
    }
    Timestamp::parse(text)
}

const NEWS: [News; 5] = [
    News::Opened,
    News::Counted,
    News::Closed,
    News::Settled,
    News::Retracted,
];

const fn news_word(news: News) -> &'static str {
    match news {
        News::Opened => "opened",
        News::Counted => "counted",
        News::Closed => "closed",
        News::Settled => "settled",
        News::Retracted => "retracted",
    }
}

const PURPOSES: [Purpose; 2] = [Purpose::Candidate, Purpose::Control];

const fn purpose_word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Candidate => "candidate",
        Purpose::Control => "control",
    }
}
