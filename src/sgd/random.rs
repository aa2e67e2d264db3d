//! Random numbers for many chains at once: [`LANES`] independent streams stepped together.
//!
//! Uniform bits come from xoshiro256++ (Blackman and Vigna, "Scrambled linear pseudorandom number
//! generators", ACM TOMS 47, 2021), one generator per lane, seeded through SplitMix64 from the seed of the
//! run and the number of the lane, so that a chain's stream does not depend on how chains are shared out
//! among threads. Normals come from the method of Box and Muller (1958) in a form without branches.

use crate::numeric::elementary::{ln, sin_cos_eighth};

/// Chains stepped together.
pub const LANES: usize = 16;

/// One number for each lane.
pub type Lanes = [f64; LANES];

/// [`LANES`] independent generators.
#[derive(Debug, Clone)]
pub struct Streams {
    state: [[u64; LANES]; 4],
}

/// Steele, Lea and Flood's SplitMix64: turns consecutive counters into independent-looking words.
#[derive(Debug, Clone, Copy)]
pub(super) struct SplitMix(u64);

impl SplitMix {
    /// A sequence of its own for each pair (seed, stream).
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut outer = Self(seed);
        let (a, b) = (outer.next(), outer.next());
        let mut inner = Self(stream.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(a));
        Self(inner.next() ^ b)
    }

    /// The next word.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in \[0, 1).
    pub(super) fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 * 2f64.powi(-53)
    }
}

/// One lane of some [`Streams`].
pub(super) struct LaneBits<'a> {
    streams: &'a mut Streams,
    lane: usize,
}

impl rand::TryRng for LaneBits<'_> {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok((self.streams.bits(self.lane) >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.streams.bits(self.lane))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in out.chunks_mut(8) {
            chunk.copy_from_slice(&self.streams.bits(self.lane).to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

impl Streams {
    /// The generators of lanes `first .. first + LANES` of a run.
    pub fn new(seed: u64, first: u64) -> Self {
        let mut state = [[0; LANES]; 4];
        for lane in 0..LANES {
            let mut words = SplitMix::new(seed, first.wrapping_add(lane as u64));
            for word in &mut state {
                word[lane] = words.next();
            }
        }
        Self { state }
    }

    /// The next 64 random bits of one lane.
    #[inline(always)]
    pub fn bits(&mut self, lane: usize) -> u64 {
        let [a, b, c, d] = [0, 1, 2, 3].map(|word| self.state[word][lane]);
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state[0][lane] = a ^ d;
        self.state[1][lane] = b ^ c;
        self.state[2][lane] = c ^ (b << 17);
        self.state[3][lane] = d.rotate_left(45);
        result
    }

    /// One lane as a generator for the samplers of `rand_distr`.
    pub(super) fn lane(&mut self, lane: usize) -> LaneBits<'_> {
        LaneBits { streams: self, lane }
    }

    /// Two independent standard normals per lane.
    ///
    /// A radius sqrt(-2 ln u), u in (0, 1\] in steps of 2^-52 (so no normal exceeds 8.5, which happens once
    /// in 10^17), and an angle: uniform within an eighth of a turn either side of an axis, the axis and
    /// its direction chosen by two further bits.
    #[inline(always)]
    pub fn normal_pair(&mut self, first: &mut Lanes, second: &mut Lanes) {
        const ONE: u64 = 0x3ff0_0000_0000_0000;
        const TWO: u64 = 0x4000_0000_0000_0000;
        const SIGN: u64 = 1 << 63;
        for lane in 0..LANES {
            let (radius_bits, angle_bits) = (self.bits(lane), self.bits(lane));
            let u = 2.0 - f64::from_bits((radius_bits >> 12) | ONE);
            let radius = (-2.0 * ln(u)).sqrt();
            // Uniform on (-1, 1): the centres of 2^52 steps.
            let t = f64::from_bits((angle_bits >> 12) | TWO) - (3.0 - f64::EPSILON);
            let (sin, cos) = sin_cos_eighth(t);
            let along = f64::from_bits(cos.to_bits() ^ ((angle_bits << 63) & SIGN));
            let swap = angle_bits & 2 == 0;
            first[lane] = radius * if swap { sin } else { along };
            second[lane] = radius * if swap { along } else { sin };
        }
    }

    /// Fills `out` with standard normals, row by row.
    #[inline(always)]
    pub fn normals(&mut self, out: &mut [Lanes]) {
        let mut pairs = out.chunks_exact_mut(2);
        for pair in &mut pairs {
            let [first, second] = pair else { continue };
            self.normal_pair(first, second);
        }
        if let [last] = pairs.into_remainder() {
            self.normal_pair(last, &mut [0.0; LANES]);
        }
    }
}
