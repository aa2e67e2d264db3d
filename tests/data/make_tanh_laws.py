"""Stationary laws of SGD on (tanh(v x) - y)^2, x ~ N(0, 1), y = x + N(0, 1), by quadrature: the digits of row P9.

    python3 tests/data/make_tanh_laws.py          needs numpy

p = exp(int 2b/B)/B with b = -E dl/dv and B = T Var dl/dv. The noise of y is averaged by hand, x by the trapezoid rule in
arsinh(1000 x), v by Gauss-Legendre panels in arsinh v. Three resolutions are printed: mean, variance, mass at v < 0.
"""

import numpy as np
from numpy.polynomial import legendre


def coefficients(v, temperature, step):
    """b and B at every v."""
    t = np.arange(-6.5, 6.5 + step / 2, step)
    x = 1e-3 * np.sinh(1.6 * t)
    weight = np.exp(-x * x / 2) / np.sqrt(2 * np.pi) * 1.6e-3 * np.cosh(1.6 * t) * step
    z = np.outer(v, x)
    off, slope = np.tanh(z) - x, np.cosh(np.clip(z, -300, 300)) ** -2.0
    mean = 2 * (off * x * slope) @ weight
    square = 4 * (x * x * slope**2 * (off**2 + 1)) @ weight
    return -mean, temperature * (square - mean**2)


def law(temperature, panels, nodes, step, reach=60.0):
    """Mean, variance, mass at v < 0; an even number of panels has an end at 0."""
    x, w = legendre.leggauss(nodes)
    ends = np.linspace(-np.arcsinh(reach), np.arcsinh(reach), panels + 1)
    half = np.diff(ends)[:, None] / 2
    u = (ends[1:] + ends[:-1])[:, None] / 2 + half * x
    v = np.sinh(u)
    b, noise = (f.reshape(v.shape) for f in coefficients(v.ravel(), temperature, step))
    force = 2 * b / noise * np.cosh(u)
    basis = np.eye(nodes)
    values = np.array([legendre.legval(x, p) for p in basis])
    integrals = np.array([legendre.legval(x, legendre.legint(p, lbnd=-1)) for p in basis])
    within = ((force * w) @ values.T * (np.arange(nodes) + 0.5)) @ integrals * half
    before = np.concatenate([[0.0], np.cumsum((force @ w) * half[:, 0])[:-1]])
    log = before[:, None] + within - np.log(noise)
    p = np.exp(log - log.max()) * np.cosh(u) * half * w
    p /= p.sum()
    mean = (p * v).sum()
    return mean, (p * (v - mean) ** 2).sum(), p[v < 0].sum()


for temperature in (0.05, 0.5):
    for panels, nodes, step in ((200, 16, 0.01), (300, 20, 0.005), (400, 24, 0.003)):
        print(temperature, *(f"{number:.15g}" for number in law(temperature, panels, nodes, step)))
