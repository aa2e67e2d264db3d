"""Error of log p and CPU time: grid methods against number of cells, quadrature, and stillpoint.

Grid methods are given, for every number of cells, the best of several boxes (chosen with the reference in hand,
which a user does not have).
"""

import json
import resource
import subprocess
import time
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.integrate import quad
from scipy.sparse.linalg import eigs

import law

CELLS = (256, 1024, 4096)
RANGES = ((0.1, 3.0), (0.01, 5.0))
BOXES = {"v": [(0.0, 5.0), (0.0, 10.0), (0.0, 20.0), (0.0, 40.0), (0.0, 80.0)],
         "ln v": [(-8.0, 4.0), (-10.0, 6.0), (-14.0, 9.0), (-20.0, 12.0)]}


def coefficients(x, chart):
    """Drift and half the diffusion of the Ito equation in v or in z = ln v (D = 1)."""
    _, _, _, b1, b2 = law.MOMENTS
    t = law.TEMPERATURE
    if chart == "v":
        speed, g = 2 * x, law.noise(x)
        return -2 * speed * (b1 * x - b2) + 4 * t * g * x, 2 * t * g * speed**2
    v = np.exp(x)
    g = law.noise(v)
    return -4 * (b1 * v - b2) - 4 * t * g, 8 * t * g


def fplanck_density(cells, box, chart):
    from fplanck.solver import FokkerPlanck
    from scipy import constants

    low, high = box
    width = (high - low) / cells
    middle = 0.5 * (low + high)
    half_diffusion = lambda x: coefficients(x + middle, chart)[1]
    force = lambda x: np.array([coefficients(x + middle, chart)[0] / half_diffusion(x)])
    # kT = 1: the drag is 1 / D(x), the force is drift / D(x).
    solver = FokkerPlanck(temperature=1 / constants.k, drag=lambda x: np.array([1 / half_diffusion(x)]),
                                  extent=high - low, resolution=width, force=force)
    return solver.axes[0] + middle, solver.steady_state() / width


def centred_density(cells, box, chart):
    """Fluxes b p - (D p)' by central differences, none through the walls, null vector by shift-invert."""
    low, high = box
    width = (high - low) / cells
    x = low + (np.arange(cells) + 0.5) * width
    drift, half_diffusion = coefficients(x, chart)
    right = drift / 2 + half_diffusion / width
    left = drift / 2 - half_diffusion / width
    # Flux through face i: right[i] p[i] + left[i+1] p[i+1].
    diagonal = np.zeros(cells)
    diagonal[:-1] -= right[:-1]
    diagonal[1:] += left[1:]
    matrix = sparse.diags([right[:-1], diagonal, -left[1:]], [-1, 0, 1], format="csc") / width
    _, vectors = eigs(matrix, k=1, sigma=1e-9, which="LM")
    density = vectors[:, 0].real
    return x, density / (density.sum() * width)


def grid_errors(solve, chart, reference):
    """Errors and time by number of cells, each with its best box."""
    found = {}
    for cells in CELLS:
        best = None
        for box in BOXES[chart]:
            start = time.process_time()
            try:
                x, density = solve(cells, box, chart)
            except (RuntimeError, np.linalg.LinAlgError):
                continue
            seconds = time.process_time() - start
            v = x if chart == "v" else np.exp(x)
            with np.errstate(divide="ignore", invalid="ignore"):
                log_density = np.log(density) - (0 if chart == "v" else x)
            errors = [worst(v, log_density, reference, between) for between in RANGES]
            if best is None or errors[0] < best[0][0]:
                best = (errors, seconds)
        found[cells] = best
    return found


def worst(v, log_density, reference, between):
    """Largest error where v lies between the two; infinite where the density is not positive."""
    inside = (v >= between[0]) & (v <= between[1])
    if not inside.any():
        return np.inf
    error = np.abs(log_density[inside] - reference(v[inside]))
    return float(np.max(np.where(np.isnan(error), np.inf, error)))


def closed_by_quad(points):
    """The closed form, normalised by SciPy's quad."""
    peak = law.log_density_one_layer(0.8)
    shape = lambda v: np.exp(law.log_density_one_layer(v) - peak)
    total = quad(shape, 0, 1)[0] + quad(shape, 1, np.inf)[0]
    return law.log_density_one_layer(points) - peak - np.log(total)


def nested_quad(points):
    """The formula as printed, its exponent by quad at every point and again inside the normaliser."""
    a1, a2, a3, b1, b2 = law.MOMENTS
    integrand = lambda v: (b1 * v - b2) / (2 * v * law.noise(v))
    exponent = np.vectorize(lambda v: quad(integrand, 1.0, v)[0])
    log = lambda v: -1.5 * np.log(v) - np.log(law.noise(v)) - exponent(v) / law.TEMPERATURE
    shape = lambda v: float(np.exp(log(v)))
    total = quad(shape, 0, 1)[0] + quad(shape, 1, np.inf)[0]
    return log(points) - np.log(total)


def stillpoint(points, home):
    """The command line on a scenario file: log densities, largest bar, CPU seconds of the process, cells."""
    a1, a2, a3, b1, b2 = law.MOMENTS
    scenario = Path(home) / "accuracy.toml"
    scenario.write_text(
        f"""title = "peers"
[model]
kind = "diagonal"
depth = 1
width = 1
temperature = {law.TEMPERATURE}
[model.data]
moments = {{ alpha1 = {a1}, alpha2 = {a2}, alpha3 = {a3}, beta1 = {b1}, beta2 = {b2} }}
[report]
points = {[float(p) for p in points]}
"""
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run(["target/release/stillpoint", "solve", str(scenario), "--json"], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    solution = json.loads(out.stdout)
    rows = solution["points"]
    return (np.array([row["log_density"] for row in rows]), max(row["error"] for row in rows),
            after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            solution["solver"]["cells"])


def rows(home):
    """Table rows: method, error at 256, 1024, 4096 cells, CPU seconds."""
    exact = law.Reference(1)
    cache = {}

    def reference(v):
        return np.array([cache.setdefault(float(x), float(exact.log_density(float(x)))) for x in v])

    table = []
    for name, solve in (("fplanck", fplanck_density), ("centred differences + SciPy eigs", centred_density)):
        for chart in ("v", "ln v"):
            try:
                found = grid_errors(solve, chart, reference)
            except ImportError:
                table.append([f"{name}, in {chart}", "does not install on this Python", "", "", ""])
                continue
            cells = [f"{found[n][0][0]:.1e} ({found[n][0][1]:.1e})" for n in CELLS]
            table.append([f"{name}, in {chart}", *cells, f"{found[CELLS[-1]][1]:.4f}"])
    points = np.concatenate([np.linspace(*between, 1000) for between in RANGES])
    truth = reference(points)
    for name, solve in (("SciPy quad, closed form", closed_by_quad), ("SciPy quad, nested on the printed formula", nested_quad)):
        start = time.process_time()
        found = solve(points)
        seconds = time.process_time() - start
        error = np.abs(found - truth)
        table.append([name, f"{error[:1000].max():.1e} ({error[1000:].max():.1e})", "", "", f"{seconds:.4f}"])
    # Once to warm the disk cache, once measured.
    stillpoint(points, home)
    found, bar, process, cells = stillpoint(points, home)
    error = np.abs(found - truth)
    table.append([f"stillpoint, {cells} cells of its own, bars ({bar:.0e}) and cdf included",
                  f"{error[:1000].max():.1e} ({error[1000:].max():.1e})", "", "",
                  f"{process:.4f}, start and JSON included"])
    return table
