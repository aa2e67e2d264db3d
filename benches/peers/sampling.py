"""Monte Carlo steps per second and core in NumPy, D = 1, one neuron, batch size 1, Gaussian teacher."""

import numpy as np

from throughput import fastest

CHAINS = 4096
RATE = 0.005


def normals():
    generator = np.random.Generator(np.random.SFC64(1))
    out = np.empty(CHAINS)
    return fastest(lambda: generator.standard_normal(out=out), CHAINS)


def minibatch_sgd():
    """u, w <- u, w - 2 eta x (u w x - y) (w, u), with y = x + noise: two normals a step."""
    generator = np.random.Generator(np.random.SFC64(1))
    u, w = np.ones(CHAINS), np.ones(CHAINS)
    x, noise = np.empty(CHAINS), np.empty(CHAINS)

    def step():
        nonlocal u, w
        generator.standard_normal(out=x)
        generator.standard_normal(out=noise)
        push = 2 * RATE * x * (u * w * x - (x + noise))
        u, w = u - push * w, w - push * u

    return fastest(step, CHAINS)


def gradient_flow():
    """Euler-Maruyama in z = ln v: one normal, one exponential and one square root a step."""
    generator = np.random.Generator(np.random.SFC64(1))
    z = np.zeros(CHAINS)
    kick = np.empty(CHAINS)
    spread = 4 * np.sqrt(RATE * RATE)

    def step():
        nonlocal z
        generator.standard_normal(out=kick)
        v = np.exp(z)
        # Gaussian data with unit variances: alpha = (2, 2, 3), beta = (1, 1).
        g = (2 * v - 4) * v + 3
        z = z - 4 * RATE * ((v - 1) + RATE * g) + spread * np.sqrt(g) * kick

    return fastest(step, CHAINS)


def rows(measured):
    """Table rows: what, NumPy, stillpoint (millions per second), ratio."""
    table = []
    for name, numpy_rate, key in (
        ("normal random numbers alone", normals(), "normals"),
        ("minibatch SGD, steps (2 parameters, 2 normals)", minibatch_sgd(), "sgd"),
        ("gradient flow, steps (NumPy: Euler-Maruyama in ln v; stillpoint: weak order 2)", gradient_flow(), "flow"),
    ):
        table.append([name, f"{numpy_rate / 1e6:.1f}", f"{measured[key] / 1e6:.1f}", f"{measured[key] / numpy_rate:.1f}"])
    return table
