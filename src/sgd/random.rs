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

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use statrs::function::erf::erf;

    #[test]
    fn every_lane_is_xoshiro256_plus_plus() {
        let mut streams = Streams::new(42, 16);
        for lane in 0..LANES {
            let seed: Vec<u8> = streams.state.iter().flat_map(|word| word[lane].to_le_bytes()).collect();
            let mut reference = rand_xoshiro::Xoshiro256PlusPlus::from_seed(seed.try_into().unwrap());
            for _ in 0..100 {
                assert_eq!(streams.bits(lane), reference.next_u64());
            }
        }
    }

    #[test]
    fn streams_belong_to_lanes_not_to_blocks() {
        let (mut a, mut b) = (Streams::new(7, 0), Streams::new(7, 5));
        assert_eq!(a.bits(5), b.bits(0));
        assert_ne!(Streams::new(8, 0).bits(0), Streams::new(7, 0).bits(0));
    }

    fn sample(count: usize) -> Vec<f64> {
        let mut streams = Streams::new(2024, 0);
        let mut rows = vec![[0.0; LANES]; count / LANES];
        streams.normals(&mut rows);
        rows.concat()
    }

    #[test]
    fn normals_have_the_moments_and_tails_of_a_normal() {
        let values = sample(4_000_000);
        let n = values.len() as f64;
        let moment = |k: i32| values.iter().map(|z| z.powi(k)).sum::<f64>() / n;
        // E z^2k = (2k - 1)!!; the standard errors are those of z^k.
        for (k, exact, spread) in
            [(1, 0.0, 1.0_f64), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0), (6, 15.0, 10_170.0)]
        {
            let error = (spread / n).sqrt();
            assert!((moment(k) - exact).abs() < 4.5 * error, "E z^{k} = {}, exactly {exact}", moment(k));
        }
        for bound in [1.0, 2.0, 3.0, 4.0] {
            let exact = 1.0 - erf(bound / 2f64.sqrt());
            let found = values.iter().filter(|z| z.abs() > bound).count() as f64 / n;
            let error = (exact / n).sqrt();
            assert!((found - exact).abs() < 4.5 * error, "P(|z| > {bound}) = {found}, exactly {exact}");
        }
        // Rows come in pairs from one radius and angle; neighbours in a row come from different lanes.
        for apart in [LANES, 1] {
            let products =
                values.chunks_exact(2 * LANES).flat_map(|rows| (0..LANES).map(|i| rows[i] * rows[i + apart]));
            let score = products.sum::<f64>() / (n / 2.0).sqrt();
            assert!(score.abs() < 4.5, "values {apart} apart correlate: {score}");
        }
    }

    #[test]
    fn normals_pass_a_kolmogorov_smirnov_test() {
        let mut values = sample(1_000_000);
        values.sort_unstable_by(f64::total_cmp);
        let n = values.len() as f64;
        let distance = values.iter().enumerate().map(|(i, z)| {
            let cdf = 0.5 * (1.0 + erf(z / 2f64.sqrt()));
            (cdf - i as f64 / n).abs().max((cdf - (i as f64 + 1.0) / n).abs())
        });
        let statistic = distance.fold(0.0, f64::max) * n.sqrt();
        // Exceeded with probability 2 e^(-2 x^2) = 7e-4.
        assert!(statistic < 2.0, "sqrt(n) times the distance is {statistic}");
    }
}
