"""How is the mass shared between two wells when next to nothing crosses the barrier?

    python benches/peers/double_well.py            needs numpy, scipy, mpmath (scikit-umfpack if there); builds stillpoint

V = (x^2 - 1)^2 + 0.3 x + 2 y^2, drift -grad V, D = eps: the law is exp(-V/eps), and the ratio of the weights of its
wells is a quotient of two one-dimensional integrals (mpmath, 40 digits). `stillpoint solve` gets the equation. All
others get one matrix, 5 points on 256 x 256 cells with fitted rates, whose exact law is exp(-V/eps) at the nodes:
what they say is wrong by their linear algebra alone.
"""

import json
import subprocess
import tempfile
from pathlib import Path

import mpmath as mp
import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / "target/release/stillpoint"
NOISES = (0.05, 0.03, 0.025, 0.02, 0.015)
CELLS = 256

SCENARIO = """title = "two wells"
[model]
kind = "sde"
variables = ["x", "y"]
drift = ["-4*x*(x^2 - 1) - 0.3", "-4*y"]
covariance = [["2*eps", "0"], ["0", "2*eps"]]
parameters = {{ eps = {eps!r} }}
"""


def potential(x, y):
    return (x * x - 1) ** 2 + 0.3 * x + 2 * y * y


def exact(eps):
    """Heavy over light well, and the saddle between them."""
    mp.mp.dps = 40
    left, saddle, right = sorted(mp.polyroots([4, 0, -4, mp.mpf(3) / 10], maxsteps=200, extraprec=200))
    weight = lambda x: mp.exp(-((x * x - 1) ** 2 + mp.mpf(3) / 10 * x) / eps)
    integral = lambda a, b, middle: mp.quad(weight, [a, middle - mp.mpf(1) / 5, middle, middle + mp.mpf(1) / 5, b])
    return integral(-3, saddle, left) / integral(saddle, 3, right), float(saddle)


def solve(eps):
    """ln of the ratio by the equation, and its bar."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "wells.toml"
        path.write_text(SCENARIO.format(eps=eps))
        text = subprocess.run([BINARY, "solve", path, "--json"], capture_output=True, text=True).stdout
    wells = sorted(json.loads(text)["wells"], key=lambda well: well["mode"][0]["value"])
    bars = [well["weight"]["error"] / well["weight"]["value"] for well in (wells[0], wells[-1])]
    return wells[0]["log_weight"] - wells[-1]["log_weight"], sum(bars)


def chain(eps):
    """Generator with rows as sources, and x of its cells."""
    edge = lambda half: (np.arange(CELLS) + 0.5) * 2 * half / CELLS - half
    x, y = edge(2.2), edge(9 * (eps / 4) ** 0.5)
    grid = potential(*np.meshgrid(x, y, indexing="ij")) / eps
    number = np.arange(CELLS * CELLS).reshape(CELLS, CELLS)
    fitted = lambda s: np.where(abs(s) < 1e-9, 1 - s / 2, s / np.expm1(np.where(s == 0, 1, s)))
    rows, columns, rates = [], [], []
    for axis, step in ((0, x[1] - x[0]), (1, y[1] - y[0])):
        a, b = (np.take(number, range(k, CELLS - 1 + k), axis).ravel() for k in (0, 1))
        rise = grid.ravel()[b] - grid.ravel()[a]
        for source, target, s in ((a, b, rise), (b, a, -rise)):
            rows.append(source), columns.append(target), rates.append(eps / step**2 * fitted(s))
    n = CELLS * CELLS
    off = sp.coo_matrix(tuple([np.concatenate(rates), (np.concatenate(rows), np.concatenate(columns))]), (n, n)).tocsr()
    return off, np.repeat(x, CELLS), grid.ravel()


def stillpoint(off):
    """ln p by `stillpoint chain`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "wells.mtx"
        full = (off - sp.diags(np.asarray(off.sum(axis=1)).ravel())).tocoo()
        lines = ["%%MatrixMarket matrix coordinate real general", f"{off.shape[0]} {off.shape[0]} {full.nnz}"]
        lines += [f"{i + 1} {j + 1} {v!r}" for i, j, v in zip(full.row.tolist(), full.col.tolist(), full.data.tolist())]
        path.write_text("\n".join(lines) + "\n")
        text = subprocess.run([BINARY, "chain", path, "--orientation", "rows", "--json"], check=True, capture_output=True, text=True).stdout
    return np.exp(np.array(json.loads(text)["log_probability"]))


def pinned(balance, pin, solver=sla.spsolve, **options):
    """The balance of cell `pin` is replaced by p = 1 there."""
    matrix = balance.tolil()
    matrix[pin, :] = 0
    matrix[pin, pin] = 1
    right = np.zeros(matrix.shape[0])
    right[pin] = 1
    return solver(matrix.tocsc(), right, **options)


def ratio(p, x, saddle):
    p = np.real(p)
    return p[x < saddle].sum() / p[x > saddle].sum()


def main():
    subprocess.run(["cargo", "build", "--release", "--quiet"], check=True, cwd=ROOT)
    table = {}
    for eps in NOISES:
        true, saddle = exact(eps)
        value, bar = solve(eps)
        table.setdefault("**stillpoint solve** (its own grid; in brackets the bar)", []).append(
            f"{abs(float(mp.expm1(value - mp.log(true)))):.0e} ({bar:.0e})")
        off, x, height = chain(eps)
        discrete = ratio(np.exp(height.min() - height), x, saddle)
        balance = (off - sp.diags(np.asarray(off.sum(axis=1)).ravel())).T.tocsc()
        heavy = int(np.argmin(height))
        light = int(np.argmin(np.where(x > saddle, height, np.inf)))
        methods = {
            "**stillpoint chain**": lambda: stillpoint(off),
            "SuperLU, heavy well pinned": lambda: pinned(balance, heavy, use_umfpack=False),
            "SuperLU, light well pinned": lambda: pinned(balance, light, use_umfpack=False),
            "SciPy eigs, sigma = 0": lambda: sla.eigs(balance, k=1, sigma=0, v0=np.ones(len(x)))[1][:, 0],
        }
        try:
            import scikits.umfpack as umfpack

            methods["UMFPACK, heavy well pinned"] = lambda: pinned(balance, heavy, umfpack.spsolve)
        except ImportError:
            pass
        for name, method in methods.items():
            try:
                found = ratio(method(), x, saddle)
                wrong = abs(found / discrete - 1)
                text = f"{wrong:.0e}" if wrong < 0.5 else f"**{found:.2g} given**"
            except Exception as error:
                text = type(error).__name__
            table.setdefault(name, []).append(text)
        print(f"eps = {eps}: exact ratio {mp.nstr(true, 6)}", flush=True)
    heads = [f"{eps} ({mp.nstr(exact(eps)[0], 3)})" for eps in NOISES]
    print("\n| relative error of the ratio | " + " | ".join(f"eps = {head}" for head in heads) + " |")
    print("|---" * (len(NOISES) + 1) + "|")
    for name, cells in table.items():
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
