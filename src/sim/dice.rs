//! Chance from a seed: the same seed is the same world on every machine.

/// A generator (`SplitMix64`) with the draws that worlds are made of.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn of(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// From 0 to `most - 1`.
    pub(super) fn below(&mut self, most: u64) -> u64 {
        self.number() % most.max(1)
    }

    pub(super) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).expect("an index")
    }

    /// From the one to just before the other.
    pub(super) fn between(&mut self, from: i64, to: i64) -> i64 {
        let room = u64::try_from(to - from).unwrap_or(1);
        from + i64::try_from(self.below(room)).expect("a difference of two i64")
    }

    /// Of a hundred.
    pub(super) fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    /// Heavy-tailed from 0 to about `most`: every order of magnitude is as
    /// likely as any other.
    pub(super) fn tail(&mut self, most: i64) -> i64 {
        let bits = 64 - most.leading_zeros();
        let size = 1_i64 << self.below(u64::from(bits) + 1);
        self.between(0, size.min(most + 1))
    }
}

/// A number that depends on all bits of the given one.
pub(super) fn mix(number: u64) -> u64 {
    let mut z = number;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
