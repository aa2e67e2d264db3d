"""100,000 laws of one hidden layer: `stillpoint sweep` beside NumPy with the closed form, in one run.

    python benches/peers/sweep.py target/release/stillpoint

Both find mean, variance, mode and five quantiles of the same laws: a hundred beta2, a thousand temperatures. NumPy
works on batches of 32 laws with 1000 points each in ln v, on one core, and has no error bars; Stillpoint writes the
HDF5 file as well, with a bar on every number to 1e-8. Every time is the best of three; on a machine that is busy with
other things, only the CPU seconds mean something.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import law
import throughput

BETA2 = (0.8, 1.2, 100)
TEMPERATURE = (0.02, 0.25, 1000)
BATCH = 32
TRIES = 3
SCENARIO = """
[model]
kind = "diagonal"
depth = 1
temperature = 0.1
[model.data]
moments = {{ alpha1 = 2.0, alpha2 = 2.0, alpha3 = 3.0, beta1 = 1.0, beta2 = 1.0 }}
[solve]
tolerance = 1e-8
[sweep]
axes = [
    {{ key = "model.data.moments.beta2", from = {}, to = {}, count = {} }},
    {{ key = "model.temperature", from = {}, to = {}, count = {} }},
]
observables = ["mean", "variance", "mode", {}]
"""


class Best:
    """The least wall and CPU seconds of several tries."""

    def __init__(self):
        self.wall = self.cpu = np.inf

    def start(self, cpu):
        self.began = time.perf_counter(), cpu

    def stop(self, cpu):
        self.wall = min(self.wall, time.perf_counter() - self.began[0])
        self.cpu = min(self.cpu, cpu - self.began[1])


def children():
    """CPU seconds of all programs that were run."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def laws():
    """Temperatures and moments of all laws, in the order of the sweep."""
    b2, t = np.meshgrid(np.linspace(*BETA2), np.linspace(*TEMPERATURE), indexing="ij")
    b2, t = b2.ravel()[:, None], t.ravel()[:, None]
    a1, a2, a3, b1, _ = law.MOMENTS
    return t, (np.full_like(t, a1), np.full_like(t, a2), np.full_like(t, a3), np.full_like(t, b1), b2)


def by_numpy(box=(-20, 20)):
    """Wall and CPU seconds, and the variances."""
    temperature, moments = laws()
    z = np.linspace(*box, throughput.POINTS)
    v = np.exp(z)
    best, variances = Best(), []
    for _ in range(TRIES):
        variances = []
        best.start(time.process_time())
        for i in range(0, len(temperature), BATCH):
            part = slice(i, i + BATCH)
            log = law.log_density_one_layer(v, temperature[part], tuple(m[part] for m in moments)) + z
            v[np.argmax(log - z, axis=1)]  # the mode, to a step of the grid
            variances.append(throughput.numbers(z, v, log)[2])
        best.stop(time.process_time())
    return best, np.concatenate(variances)


def by_stillpoint(program, threads):
    """Wall and CPU seconds, and the variances."""
    import h5py

    quantiles = ", ".join(f'"quantile:{q}"' for q in throughput.QUANTILES)
    best, variances = Best(), None
    with tempfile.TemporaryDirectory() as folder:
        scenario, out = Path(folder) / "law.toml", Path(folder) / "law.h5"
        scenario.write_text(SCENARIO.format(*BETA2, *TEMPERATURE, quantiles))
        for _ in range(TRIES):
            out.unlink(missing_ok=True)
            best.start(children())
            command = [program, "sweep", str(scenario), "--threads", str(threads)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            best.stop(children())
        with h5py.File(out) as file:
            variances = file["variance"][:].ravel()
    return best, variances


def main(program):
    cores = len(os.sched_getaffinity(0))
    count = BETA2[2] * TEMPERATURE[2]
    numpy, numpy_variance = by_numpy()
    one, variance = by_stillpoint(program, 1)
    print(f"{count} laws with mean, variance, mode and five quantiles, best of {TRIES}")
    print(f"{'':36}{'wall s':>8}{'ratio':>7}{'CPU s':>8}{'ratio':>7}")

    def row(name, found):
        ratios = numpy.wall / found.wall, numpy.cpu / found.cpu
        print(f"{name:36}{found.wall:8.2f}{ratios[0]:7.2f}{found.cpu:8.2f}{ratios[1]:7.2f}")

    row("NumPy, closed form, one core", numpy)
    row("stillpoint sweep, one thread", one)
    if cores > 1:
        two, same = by_stillpoint(program, 2)
        assert np.array_equal(variance, same), "digits depend on the number of threads"
        row("stillpoint sweep, two threads", two)
        print(f"parallel efficiency on two threads: {one.wall / two.wall / 2:.2f}")
    off = np.abs(numpy_variance / variance - 1)
    print(f"variance by NumPy off by {np.median(off):.0e} in the median, {off.max():.0e} at most")


if __name__ == "__main__":
    main(sys.argv[1])
