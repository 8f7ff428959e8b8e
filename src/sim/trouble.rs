//! What can be wrong with a simulated GitHub, and which of it is.
//!
//! Swarm testing: each seed turns a random subset on. With everything on at
//! once, most troubles would only ever be seen in the shadow of others.

use super::dice::Dice;

macro_rules! troubles {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// One kind of trouble.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Trouble { $($(#[$doc])* $name),* }

        impl Trouble {
            pub(super) const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

troubles! {
    // The flag.
    /// It is set up to five minutes after the start of a job.
    LateFlag,
    /// It is not set at all for some jobs.
    NeverSet,
    /// It flips to false in the middle of a job.
    Flips,
    /// It stays set after the end of a job.
    Tails,
    /// It is set while nothing runs.
    Ghosts,
    // Runners.
    Ephemeral,
    /// A machine dies under its job and comes back under the same id.
    Killed,
    /// The same, and it never comes back.
    Lost,
    /// Another version, OS or label set under the same id, after a pause.
    ReRegistered,
    /// Shown offline while it works.
    FalseOffline,
    /// 404 while it works.
    FalseMissing,
    /// Two jobs at once.
    Doubles,
    /// A `status` nobody knows.
    OddStatus,
    HostileNames,
    /// More than a page of runners.
    LargeFleet,
    // Jobs.
    Bursts,
    Reruns,
    Cancels,
    /// Jobs without a runner; and handed over while they still read queued.
    Queue,
    /// `in_progress` for up to 20 minutes after the last step.
    LateRecords,
    /// The same, with the steps lagging too.
    FrozenRecords,
    /// Jobs read as queued though they run.
    LateListed,
    /// `started_at` is the time of enqueueing.
    Enqueued,
    NoSteps,
    /// The first steps are missing.
    LaterSteps,
    /// `in_progress` with a conclusion.
    Mixed,
    /// The runner's clock is off by up to a second.
    HostClock,
    /// Jobs that name the id of a runner of ours, and another name.
    Strangers,
    /// GitHub's own machines with ids of ours.
    HostedTwins,
    // Runs.
    /// More runs than the newest page shows.
    LongHistory,
    /// Filtered lists up to an hour old, or empty.
    StaleFilters,
    /// Runs that never close.
    StuckRuns,
    ManyRepos,
    /// Repositories are listed, not named.
    Owners,
    // Reading.
    /// Runners come from replicas up to five minutes behind.
    RunnerReplicas,
    /// Lists of runners lag behind reads by id.
    RunnerListLag,
    JobReplicas,
    JobListLag,
    /// Pages without a stable order: items twice or on no page.
    UnstableOrder,
    SmallPages,
    /// ETags that do not follow the busy flag.
    BlindEtags,
    NoEtags,
    WrongTotals,
    NoTotals,
    Undecodable,
    /// Answers of a cache, with `Age`.
    Aged,
    /// No request id, or that of another answer.
    RequestIds,
    Slow,
    // Failing.
    ServerErrors,
    Garbage,
    TimeOuts,
    Outages,
    PrimaryLimit,
    SecondaryLimit,
    UnstatedLimit,
    Unavailable,
    /// 404 and 403 for a while.
    LostPermission,
    Unauthorized,
    // Clocks.
    SkewedClock,
    /// The machine sleeps: its monotonic clock stands still.
    Suspends,
    /// A `Date` of a proxy's.
    OddDates,
    NoDates,
    /// The program ends, and begins again on the same recording.
    Restarts,
    /// The recording goes on in another file now and then.
    Rotation,
}

/// Those that are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Troubles(u64);

impl Troubles {
    pub(super) fn of(dice: &mut Dice) -> Self {
        let share = [4, 10, 25, 50][dice.index(4)];
        let mut on = 0;
        for &trouble in Trouble::ALL {
            if dice.percent(share) {
                on |= bit(trouble);
            }
        }
        Self(on)
    }

    pub(super) fn has(self, trouble: Trouble) -> bool {
        self.0 & bit(trouble) != 0
    }

    /// Those of them that are allowed.
    pub(super) fn among(self, allowed: &[Trouble]) -> Self {
        let mask = allowed.iter().fold(0, |mask, &trouble| mask | bit(trouble));
        Self(self.0 & mask)
    }

    pub(super) fn any(self, of: &[Trouble]) -> bool {
        of.iter().any(|&trouble| self.has(trouble))
    }

    pub(super) fn names(self) -> Vec<Trouble> {
        let all = Trouble::ALL.iter().copied();
        all.filter(|&trouble| self.has(trouble)).collect()
    }
}

fn bit(trouble: Trouble) -> u64 {
    1 << (trouble as u64)
}

#[test]
fn every_trouble_has_a_bit_of_its_own() {
    assert!(Trouble::ALL.len() <= 64);
    let mut dice = Dice::of(1);
    let mut seen = 0;
    for _ in 0..200 {
        seen |= Troubles::of(&mut dice).0;
    }
    assert_eq!(seen.count_ones() as usize, Trouble::ALL.len());
}
