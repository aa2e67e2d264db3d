"""A Markov state model with five metastable wells, and what other tools make of it.

    python benches/peers/metastable.py [data/metastable.mtx]     needs numpy, scipy, mpmath; builds stillpoint
    python benches/peers/metastable.py --write data/metastable.mtx

The chain: five wells of 24 states; inside a well, random one-way jumps at rates of 10 to 10 000, so it relaxes within a
unit of time; from well to well two rare jumps each way between neighbours. The truth is a plain elimination in
60-digit arithmetic (mpmath), which has digits enough to lose.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla

WELLS, STATES = 5, 24


def build(seed=3):
    """Rates {(from, to): rate}, four digits each so that the file is the chain."""
    rng = np.random.default_rng(seed)
    rates = {}
    for well in range(WELLS):
        for i in range(STATES):
            for j in sorted({(i + 1) % STATES, *map(int, rng.integers(0, STATES, 4))} - {i}):
                rates[well * STATES + i, well * STATES + j] = float(f"{10 ** rng.uniform(1, 4):.4g}")
    for well in range(WELLS - 1):
        for a, b in ((well, well + 1), (well + 1, well)):
            for _ in range(2):
                i, j = (w * STATES + int(rng.integers(STATES)) for w in (a, b))
                rates[i, j] = float(f"{10 ** rng.uniform(-10.8, -9.3):.4g}")
    return rates


def write(path):
    rates = build()
    n = WELLS * STATES
    out = [0.0] * n
    for (i, _), rate in rates.items():
        out[i] += rate
    entries = {**rates, **{(i, i): -out[i] for i in range(n)}}
    lines = [
        "%%MatrixMarket matrix coordinate real general",
        "% generator of a Markov state model: row = source, column = target, rates per unit of time",
        f"% {WELLS} wells of {STATES} states, rates 10 to 10 000 inside, rare jumps from well to well; see metastable.md",
        f"{n} {n} {len(entries)}",
        *(f"{i + 1} {j + 1} {entries[i, j]!r}" for i, j in sorted(entries)),
    ]
    Path(path).write_text("\n".join(lines) + "\n")


def read(path):
    """The off-diagonal entries: Q with a diagonal that is their sum in double precision, and as a dictionary."""
    body = [line.split() for line in Path(path).read_text().splitlines() if not line.startswith("%")]
    n = int(body[0][0])
    rates = {(int(i) - 1, int(j) - 1): float(x) for i, j, x in body[1:] if i != j}
    rows, columns = np.array(list(rates)).T
    off = sp.coo_matrix((list(rates.values()), (rows, columns)), (n, n)).tocsr()
    return (off - sp.diags(np.asarray(off.sum(axis=1)).ravel())).tocsc(), rates


def truth(n, rates):
    """ln of the stationary probabilities, and the gap of the chain of wells, in 60 digits."""
    import mpmath as mp

    mp.mp.dps = 60
    a = mp.matrix(n, n)
    for (i, j), rate in rates.items():
        a[j, i] += mp.mpf(rate)
        a[i, i] -= mp.mpf(rate)
    for j in range(n):
        a[n - 1, j] = 1
    right = mp.matrix(n, 1)
    right[n - 1] = 1
    p = mp.lu_solve(a, right)
    weight = [sum(p[w * STATES + i] for i in range(STATES)) for w in range(WELLS)]
    coarse = mp.matrix(WELLS, WELLS)
    for (i, j), rate in rates.items():
        a, b = i // STATES, j // STATES
        if a != b:
            coarse[a, b] += rate * p[i] / weight[a]
            coarse[a, a] -= rate * p[i] / weight[a]
    values = mp.eig(coarse, left=False, right=False)
    return np.array([float(mp.log(x)) for x in p]), float(sorted(abs(x) for x in values)[1])


def pinned(transposed, pin):
    """The balance of state `pin` is replaced by p = 1 there."""
    matrix = transposed.tolil()
    matrix[pin, :] = 0
    matrix[pin, pin] = 1
    right = np.zeros(matrix.shape[0])
    right[pin] = 1
    return sla.spsolve(matrix.tocsc(), right)


def normalised(transposed):
    """The balance of the last state is replaced by sum p = 1."""
    n = transposed.shape[0]
    matrix = transposed.tolil()
    matrix[n - 1, :] = 1
    return sla.spsolve(matrix.tocsc(), np.eye(n)[n - 1])


def eigenvector(transposed):
    values, vectors = np.linalg.eig(transposed.toarray())
    return vectors[:, np.argmin(abs(values))].real


def stillpoint(path):
    binary = Path(__file__).resolve().parents[2] / "target/release/stillpoint"
    text = subprocess.run([binary, "chain", path, "--json"], check=True, capture_output=True, text=True).stdout
    return np.exp(np.array(json.loads(text)["log_probability"]))


def main(path):
    q, rates = read(path)
    n = q.shape[0]
    t = q.T.tocsc()
    exact, gap = truth(n, rates)
    heaviest = int(np.argmax(exact))
    methods = [
        ("stillpoint chain", lambda: stillpoint(path)),
        ("scipy eigs, sigma = 0", lambda: sla.eigs(t, k=1, sigma=0, v0=np.ones(n))[1][:, 0].real),
        ("scipy eigs, sigma = 0.001", lambda: sla.eigs(t, k=1, sigma=1e-3, v0=np.ones(n))[1][:, 0].real),
        ("numpy eig (dense)", lambda: eigenvector(t)),
        ("sparse LU, sum p = 1", lambda: normalised(t)),
        ("sparse LU, first state pinned", lambda: pinned(t, 0)),
        ("sparse LU, middle state pinned", lambda: pinned(t, n // 2)),
        ("sparse LU, last state pinned", lambda: pinned(t, n - 1)),
        ("sparse LU, heaviest state pinned", lambda: pinned(t, heaviest)),
    ]
    print(f"gap {gap:.3g}; log probability from {exact.min():.2f} to {exact.max():.2f}\n")
    print("| method | weight of the wells | negative entries | largest error of ln p | residual |")
    print("|---|---|---|---|---|")
    row("exact (60 digits)", np.exp(exact), exact, t)
    for name, method in methods:
        try:
            p = method()
        except Exception as error:  # a peer that gives up says so in its row
            print(f"| {name} | {type(error).__name__}: {error} | | | |")
            continue
        row(name, p / p.sum(), exact, t)


def row(name, p, exact, t):
    weights = " ".join(f"{p[w * STATES : (w + 1) * STATES].sum():.6f}" for w in range(WELLS))
    negative = int((p <= 0).sum())
    error = "–" if negative else f"{np.abs(np.log(p) - exact).max():.1e}"
    residual = np.abs(t @ p).max() / (abs(t) @ np.abs(p)).max()
    print(f"| {name} | {weights} | {negative} | {error} | {residual:.0e} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write(sys.argv[2])
    else:
        main(sys.argv[1] if len(sys.argv) > 1 else "data/metastable.mtx")
