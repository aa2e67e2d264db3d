use std::time::Instant;
use stillpoint::model::{Branch, Diagonal, Moments};
use stillpoint::sgd::random::{LANES, Lanes, Streams};
use stillpoint::sgd::{Config, Source, gradient_flow, sgd};
struct Fill<'a>(&'a mut Streams, &'a mut [Lanes]);
impl pulp::WithSimd for Fill<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        self.0.normals(self.1)
    }
}
fn main() {
    let mut s = Streams::new(1, 0);
    let mut buf = vec![[0.0; LANES]; 128];
    let arch = pulp::Arch::new();
    for _ in 0..3 {
        let t = Instant::now();
        let n = 20000;
        for _ in 0..n {
            arch.dispatch(Fill(&mut s, &mut buf));
        }
        println!("{:.1} M normals/s", (n * 128 * LANES) as f64 / t.elapsed().as_secs_f64() / 1e6);
    }
    for depth in 0..4 {
        for width in [1] {
            let model = Diagonal {
                depth,
                width,
                temperature: 0.1,
                weight_decay: 0.0,
                modified_loss: false,
                moments: Moments::gaussian(1.0, 1.0, 1.0).unwrap(),
            };
            let source = Source::Gaussian { variance: 1.0, slope: 1.0, noise: 1.0 };
            let config = Config { learning_rate: 0.005, batch_size: 1, chains: 64, steps: 1_600_000, seed: 1 };
            let r = sgd(&model, &source, Branch::Positive, &config, &[0.5], &|_| ()).unwrap();
            println!("D {depth} d {width} {:.1} M steps/s", r.steps_per_second / 1e6);
            let r = gradient_flow(&model, Branch::Positive, &config, &[0.5], &|_| ()).unwrap();
            println!("    flow {:.1} M steps/s", r.steps_per_second / 1e6);
        }
    }
}
