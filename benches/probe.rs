use stillpoint::model::{Branch, Diagonal, Moments};
use stillpoint::sgd::{Config, gradient_flow};
fn main() {
    let args: Vec<f64> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let (depth, t, dt, chains, steps) = (args[0] as u32, args[1], args[2], args[3] as u64, args[4] as u64);
    let model = Diagonal { depth, width: 1, temperature: t, weight_decay: 0.0, modified_loss: false, moments: Moments::try_new(2.0, 2.0, 3.0, 1.0, 1.0).unwrap() };
    let config = Config { learning_rate: dt, batch_size: 1, chains, steps, seed: 1 };
    let r = gradient_flow(&model, Branch::Positive, &config, &[0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99], &|_| ()).unwrap();
    println!("D {depth} T {t} dt {dt} burn {} tau {} ess {} {:.0}M/s {:?}", r.burn_in, r.autocorrelation_steps, r.effective_samples, r.steps_per_second / 1e6, r.warnings);
    let m = |q: &stillpoint::estimate::Quantity| q.finite().map(|e| (e.value, e.error()));
    println!(" mean {:?} var {:?}", m(&r.mean), m(&r.variance));
    for q in &r.quantiles { let (v, e) = m(&q.value).unwrap(); print!(" {v:.4e}({:.1}%)", 100.0 * e / v); }
    println!();
}
