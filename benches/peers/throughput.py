"""Laws per second and core: 1000 points, normaliser, mean, variance and five quantiles, in NumPy.

Every law of a batch has moments and a temperature of its own. The CDF is a trapezoidal sum, quantiles are
interpolated linearly in it, as one writes it first.
"""

import time

import numpy as np

import law

POINTS = 1000
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SECONDS = 0.2
TRIES = 5
# What benches/peers/main.rs measures, slowest first; the last one found is what ratios refer to.
OURS = {
    "full": "stillpoint, every number with its error bar, cdf and sf at every point",
    "short": "stillpoint, the same at 3 points instead of 1000",
    "lean": "stillpoint, lean path: 1000 nodes, with error bars to 1e-8",
}
# Gauss-Legendre nodes and weights on (0, 1).
NODES, WEIGHTS = (lambda x, w: ((x + 1) / 2, w / 2))(*np.polynomial.legendre.leggauss(4))


def batch_of(size):
    """Temperatures and moments, one column each; the first law is that of the accuracy table."""
    shift = np.linspace(0.0, 1.0, size)[:, None]
    a1, a2, a3, b1, b2 = law.MOMENTS
    return law.TEMPERATURE * (1 + shift / 2), (a1 + shift, a2 + 0 * shift, a3 + shift, b1 + 0 * shift, b2 + shift / 4)


def one_layer(box):
    """D = 1: the closed form on a grid in z = ln v."""
    z = np.linspace(*box, POINTS)
    v = np.exp(z)

    def solve(temperature, moments):
        return numbers(z, v, law.log_density_one_layer(v, temperature, moments) + z)

    return solve


def two_layers(box):
    """D = 2: the slope of ln p in z = ln v by Gauss-Legendre over every cell, added up."""
    z = np.linspace(*box, POINTS)
    v = np.exp(z)
    width = z[1] - z[0]
    at = np.exp(z[:-1, None] + width * NODES)

    def solve(temperature, moments):
        columns = tuple(m[..., None] for m in moments)
        slope = law.slope_in_log_v(at, 2, temperature[..., None], columns)
        log = np.zeros((temperature.shape[0], POINTS))
        np.cumsum(slope @ WEIGHTS * width, axis=1, out=log[:, 1:])
        return numbers(z, v, log)

    return solve


def numbers(z, v, log):
    """Log density, mean, variance and quantiles from log densities in z, one row per law."""
    width = z[1] - z[0]
    log = log - log.max(axis=1, keepdims=True)
    mass = np.exp(log) * width
    total = mass.sum(axis=1, keepdims=True)
    mass /= total
    log_density = log - z - np.log(total)
    mean = mass @ v
    variance = mass @ (v * v) - mean**2
    cdf = np.cumsum(mass, axis=1) - 0.5 * mass
    quantiles = np.array([np.interp(QUANTILES, row, v) for row in cdf])
    return log_density, mean, variance, quantiles


def rate(solve, size):
    """Laws per second of CPU, the best of several tries."""
    temperature, moments = batch_of(size)
    return fastest(lambda: solve(temperature, moments), size)


def fastest(work, items):
    """Items per second of CPU in the fastest try."""
    work()
    best = 0.0
    for _ in range(TRIES):
        start, count = time.process_time(), 0
        while time.process_time() - start < SECONDS:
            work()
            count += items
        best = max(best, count / (time.process_time() - start))
    return best


def rows(measured):
    """Table rows: what, laws per second, ratio to stillpoint, error of variance and of median."""
    cases = (
        (1, "NumPy, closed form, one at a time, ln v in [-20, 20]", one_layer((-20, 20)), (1,)),
        (1, "NumPy, closed form, batched, ln v in [-20, 20]", one_layer((-20, 20)), (32, 100)),
        (1, "NumPy, closed form, batched, box widened by hand to [-40, 64]", one_layer((-40, 64)), (32, 100)),
        (2, "NumPy, Gauss-Legendre, one at a time, ln v in [-6, 14]", two_layers((-6, 14)), (1,)),
        (2, "NumPy, Gauss-Legendre, batched, ln v in [-6, 14]", two_layers((-6, 14)), (8, 32)),
        (2, "NumPy, Gauss-Legendre, batched, box widened by hand to [-8, 40]", two_layers((-8, 40)), (8, 32)),
    )
    table = []
    for depth in (1, 2):
        ours = [name for name in OURS if f"laws_{name}_{depth}" in measured]
        unit = measured[f"laws_{ours[-1]}_{depth}"]
        exact = law.Reference(depth)
        truth = float(exact.variance()), float(exact.median(measured[f"median_{ours[-1]}_{depth}"]))

        def row(name, laws, variance, median):
            errors = [f"{abs(float(x) - t) / t:.0e}" for x, t in zip((variance, median), truth)]
            return [f"D = {depth}", name, f"{laws:,.0f}", f"{laws / unit:.3g}", *errors]

        for _, name, solve, sizes in (case for case in cases if case[0] == depth):
            _, _, variance, quantiles = solve(*batch_of(2))
            table.append(row(name, max(rate(solve, size) for size in sizes), variance[0], quantiles[0][2]))
        for name in ours:
            found = (measured[f"{key}_{name}_{depth}"] for key in ("laws", "variance", "median"))
            table.append(row(OURS[name], *found))
    return table
