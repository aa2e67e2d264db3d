"""Reference laws of SGD on a tanh loss of one parameter, by NumPy alone and independent of the program.

l = (tanh(v x) - y)^2, x ~ N(0, 1), y = x + N(0, 1). The noise of y is integrated by hand: with f = tanh(v x),
E[g | x] = 2 (f - x) f', E[g^2 | x] = 4 ((f - x)^2 + 1) f'^2. Averages over x use Gauss-Legendre panels that halve
towards 0. The law is p = exp(int 2 b / B) / B, integrated panel by panel with the antiderivative of the interpolating
polynomial. `relative_change` is what halving all panels changes.

    python3 make_loss_laws.py > loss_laws.json
"""

import json

import numpy as np

ORDER = 24
NODE, WEIGHT = np.polynomial.legendre.leggauss(ORDER)


def panels(edges):
    """Nodes and weights of Gauss-Legendre panels."""
    edges = np.asarray(edges)
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    return (middle[:, None] + half[:, None] * NODE).ravel(), (half[:, None] * WEIGHT).ravel()


def inputs(split):
    side = np.concatenate([[0], 12.0 * 2.0 ** np.arange(-14, 0.1, 0.5 / split)])
    x, w = panels(np.concatenate([-side[::-1], side[1:]]))
    return x, w * np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def coefficients(v, temperature, split):
    """b and B at many v."""
    x, w = inputs(split)
    f = np.tanh(v[:, None] * x)
    slope = x / np.cosh(v[:, None] * x) ** 2
    mean = (2 * (f - x) * slope) @ w
    square = (4 * ((f - x) ** 2 + 1) * slope**2) @ w
    return -mean, temperature * (square - mean**2)


def antiderivative():
    """Integral from -1 to 1 and to every node of the polynomial through values at the nodes."""
    to_nodes = np.zeros((ORDER, ORDER))
    for k in range(ORDER):
        values = np.eye(ORDER)[k]
        series = np.polynomial.legendre.legfit(NODE, values, ORDER - 1)
        to_nodes[:, k] = np.polynomial.legendre.legval(NODE, np.polynomial.legendre.legint(series, lbnd=-1))
    return to_nodes


def law(temperature, split):
    low, high = -14.0, 14.0
    edges = np.linspace(low, high, 280 * split + 1)
    v, w = panels(edges)
    b, noise = coefficients(v, temperature, split)
    rows = (2 * b / noise).reshape(-1, ORDER)
    half = np.diff(edges) / 2
    inner = half[:, None] * (rows @ antiderivative().T)
    before = np.concatenate([[0], np.cumsum(half * (rows @ WEIGHT))[:-1]])
    log_p = (before[:, None] + inner).ravel() - np.log(noise)
    p = np.exp(log_p - log_p.max())
    z = p @ w
    mean = (p * v) @ w / z
    variance = (p * (v - mean) ** 2) @ w / z
    cumulative = np.cumsum((p * w).reshape(-1, ORDER).sum(1)) / z
    wrong = cumulative[np.searchsorted(edges[1:], 0.0)]
    return {"mean": mean, "variance": variance, "negative": wrong}


if __name__ == "__main__":
    cases = []
    for temperature in [0.05, 0.5]:
        rough, fine = law(temperature, 1), law(temperature, 2)
        change = {key: abs(rough[key] - fine[key]) / abs(fine[key]) for key in fine}
        cases.append({"temperature": temperature, **fine, "relative_change": change})
    print(json.dumps({"cases": cases}, indent=1))
