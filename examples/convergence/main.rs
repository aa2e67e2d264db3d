mod measure;
fn main() {
    for r in measure::references().iter().filter(|r| measure::CASES.contains(&r.id.as_str())) {
        let d = measure::singularity(&r.problem.model);
        println!("{} D {} dist {d}", r.id, r.problem.model.depth);
        for n in [4, 6, 8, 10, 12, 16, 20, 24, 28, 32, 36, 40, 44,48, 52,56,60, 64, 72, 80, 96, 112, 128, 256,512] {
            let Some(x) = measure::measure(r, n) else { println!("{n} -"); continue };
            let p = measure::predicted(d, x.spacing);
            println!(
                "{:4} h {:.3} logp {:.1e} ({:.1e} {}) mean {:.1e} ({:.1e} {}) var {:.1e} ({:.1e} {})  pred {:.1e} {:.1e}",
                x.intervals, x.spacing, x.log_density.error, x.log_density.stated, x.log_density.covered,
                x.mean.error, x.mean.stated, x.mean.covered,
                x.variance.error, x.variance.stated, x.variance.covered, p[0], p[1]
            );
        }
    }
}
