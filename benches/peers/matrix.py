"""The null vector of one matrix by sparse LU solvers and by stillpoint, side by side.

    python3 benches/peers/matrix.py chain.mtx              a file of `stillpoint solve --export-matrix`, or any generator
    python3 benches/peers/matrix.py --random 512           a random 9-point generator on 512 x 512 cells
    python3 benches/peers/matrix.py --random 512 --write chain.mtx      only writes it
    options: --threads N (1), --repeat N (1, the fastest counts), --only NAME[,NAME...]

Installs what it needs under target/peers (a Python venv; UMFPACK and OpenBLAS from Debian packages, unpacked there) and
prints one table. Every solver runs in a process of its own. Peers solve the balance equations without the
heaviest state, whose probability is put to 1: the choice of pin that costs them the fewest digits. Their time is ordering,
factorisation and solution of the matrix in memory; their memory what that adds to the process. stillpoint's time is
from the matrix in memory to the answer, its memory the factor, fronts and matrix as it counts them itself; what the whole
process took, reading and printing text included, stands above the table.
"""

import argparse
import ctypes
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "target/peers"
VENV = HOME / "matrix"
DEBS = HOME / "debs"
DEBIAN = "libumfpack5 libamd2 libcholmod3 libsuitesparseconfig5 libcolamd2 libcamd2 libccolamd2 libmetis5 libopenblas0-pthread"
DEBIAN += " libgfortran5 libquadmath0 libgomp1"
LIBRARIES = DEBS / "root/usr/lib/x86_64-linux-gnu"


# --- the solvers: each takes A (CSC) and b and returns x and the times of its phases -------------------------


def superlu(a, b, ordering):
    from scipy.sparse.linalg import splu

    options = {"SymmetricMode": True} if ordering.startswith("MMD") else {}
    threshold = 0.0 if options else None
    return phases(lambda: splu(a, permc_spec=ordering, diag_pivot_thresh=threshold, options=options), lambda lu: lu.solve(b))


def umfpack(a, b, ordering):
    """UMFPACK's C interface (umfpack_di, or umfpack_dl where the factor needs long indices)."""
    import numpy as np

    library = ctypes.CDLL(str(LIBRARIES / "libumfpack.so.5"))
    control, info = (ctypes.c_double * 20)(), (ctypes.c_double * 90)()
    library.umfpack_dl_defaults(control)
    control[10] = {"AMD": 1, "METIS": 3}[ordering]  # UMFPACK_ORDERING
    control[7] = 0  # UMFPACK_IRSTEP: refinement needs A, and helps not at all here
    pointer = lambda x: x.ctypes.data_as(ctypes.c_void_p)
    ap, ai, ax = a.indptr.astype(np.int64), a.indices.astype(np.int64), a.data
    n, x = ctypes.c_long(a.shape[0]), np.empty_like(b)
    symbolic, numeric = ctypes.c_void_p(), ctypes.c_void_p()

    def checked(status):
        if status != 0:
            raise RuntimeError(f"UMFPACK status {status}")

    def factor():
        arguments = pointer(ap), pointer(ai), pointer(ax)
        checked(library.umfpack_dl_symbolic(n, n, *arguments, ctypes.byref(symbolic), control, info))
        checked(library.umfpack_dl_numeric(*arguments, symbolic, ctypes.byref(numeric), control, info))

    def solve(_):
        arguments = pointer(ap), pointer(ai), pointer(ax), pointer(x), pointer(b)
        checked(library.umfpack_dl_solve(0, *arguments, numeric, control, info))
        return x

    return phases(factor, solve)


def mumps(a, b, ordering):
    from mumps import Context

    context = Context()

    def factor():
        context.set_matrix(a)
        context.analyze(ordering=ordering)
        context.factor(reuse_analysis=True)

    return phases(factor, lambda _: context.solve(b))


def pardiso(a, b, ordering):
    from pypardiso import PyPardisoSolver

    solver = PyPardisoSolver(mtype=11)
    # 1: these settings count; 10, 11, 13: pivots, scaling and matching as by default; 8: no refinement.
    order = {"AMD": 0, "METIS": 2, "parallel ND": 3}[ordering]
    for place, value in ((1, 1), (2, order), (8, 0), (10, 13), (11, 1), (13, 1)):
        solver.set_iparm(place, value)
    csr = a.tocsr()
    csr.sort_indices()
    return phases(lambda: solver.factorize(csr), lambda _: solver.solve(csr, b))


PEERS = {
    "SuperLU, COLAMD": (superlu, "COLAMD"),
    "SuperLU, MMD(A+A')": (superlu, "MMD_AT_PLUS_A"),
    "UMFPACK, AMD": (umfpack, "AMD"),
    "UMFPACK, METIS": (umfpack, "METIS"),
    "MUMPS, AMD": (mumps, "amd"),
    "MUMPS, METIS": (mumps, "metis"),
    "MUMPS, PORD": (mumps, "pord"),
    "MUMPS, SCOTCH": (mumps, "scotch"),
    "PARDISO, AMD": (pardiso, "AMD"),
    "PARDISO, METIS": (pardiso, "METIS"),
    "PARDISO, parallel ND": (pardiso, "parallel ND"),
}


def phases(factor, solve):
    wall, cpu = time.perf_counter(), time.process_time()
    state = factor()
    x = solve(state)
    return x, {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


# --- one solver in its own process ---------------------------------------------------------------------------


def memory(key):
    """VmRSS or VmHWM of this process in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key)) / 1024


def run_peer(name, folder):
    import numpy as np
    import scipy.sparse as sp

    data = {key: np.load(f"{folder}/{key}.npy") for key in ("indptr", "indices", "data", "b")}
    n = len(data["b"])
    a = sp.csc_matrix((data["data"], data["indices"], data["indptr"]), (n, n))
    solver, ordering = PEERS[name]
    # A small one first: loading libraries is not the work.
    line = sp.diags([1.0, -2.5, 1.0], [-1, 0, 1], shape=(20, 20))
    solver(sp.kronsum(line, line, format="csc"), np.ones(400), ordering)
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    before = memory("VmRSS")
    x, result = solver(a, data["b"], ordering)
    result["megabytes"] = memory("VmHWM") - before
    np.save(f"{folder}/x.npy", x)
    print(json.dumps(result))


def run_stillpoint(path, threads, extra):
    """The binary as a user runs it; CPU time of the solution: its share of the wall time of the process."""
    binary = ROOT / "target/release/stillpoint"
    started = time.perf_counter()
    command = [str(binary), "chain", str(path), "--json", "--threads", str(threads), *extra]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    answer = json.loads(process.stdout.read())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if process.returncode != 0:
        raise RuntimeError(f"stillpoint ended with {process.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    return answer["log_probability"], {
        "wall": answer["seconds"],
        "cpu": answer["seconds"] * cpu / wall,
        "vector": answer["solver"]["seconds"],
        "megabytes": answer["peak_bytes"] / 1e6,
        "whole": f"{cpu:.2f} CPU s and {usage.ru_maxrss / 1024:.0f} MB",
    }


# --- matrices ------------------------------------------------------------------------------------------------


def random_nine_point(n, seed=1):
    """Rates to the eight neighbours, nearly Boltzmann for a potential with a range of 26, off balance by 10 %."""
    import numpy as np

    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, n), indexing="ij")
    phi = sum(rng.normal() * np.cos(a * x + b * y + rng.uniform(0, 6)) for a in range(1, 5) for b in range(1, 5))
    phi += 3 * (x**2 + y**2)
    phi *= 26 / np.ptp(phi)
    number = np.arange(n * n).reshape(n, n)
    rows, columns, rates = [], [], []
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            if dx == dy == 0:
                continue
            here = slice(max(0, -dx), n - max(0, dx)), slice(max(0, -dy), n - max(0, dy))
            there = slice(max(0, dx), n + min(0, dx)), slice(max(0, dy), n + min(0, dy))
            noise = 0.1 * rng.normal(size=phi[here].shape)
            rows.append(number[here].ravel())
            columns.append(number[there].ravel())
            rates.append(np.exp(0.5 * (phi[here] - phi[there]) + noise).ravel())
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(rates), n * n


def write(path, rows, columns, rates, n):
    import numpy as np

    out = np.bincount(rows, rates, n)
    rows, columns = np.concatenate([rows, np.arange(n)]), np.concatenate([columns, np.arange(n)])
    rates = np.concatenate([rates, -out])
    order = np.lexsort((columns, rows))
    with open(path, "w") as file:
        file.write(f"%%MatrixMarket matrix coordinate real general\n{n} {n} {len(rates)}\n")
        for part in np.array_split(order, max(1, len(order) // 100_000)):
            lines = zip((rows[part] + 1).tolist(), (columns[part] + 1).tolist(), rates[part].tolist())
            file.write("".join(f"{i} {j} {x!r}\n" for i, j, x in lines))


def read(path):
    """Off-diagonal entries of a general coordinate file."""
    import numpy as np

    with open(path) as file:
        lines = 0
        for line in file:
            lines += 1
            if not line.startswith("%"):
                break
        n = int(line.split()[0])
        body = np.loadtxt(file, dtype=[("i", np.int64), ("j", np.int64), ("x", float)], comments=None)
    off = body["i"] != body["j"]
    return body["i"][off] - 1, body["j"][off] - 1, body["x"][off], n


# --- the table -----------------------------------------------------------------------------------------------


def compare(arguments, path, matrix):
    import numpy as np
    import scipy.sparse as sp

    rows, columns, rates, n = matrix
    balance = sp.coo_matrix((rates, (columns, rows)), (n, n)).tocsc()
    balance -= sp.diags(np.bincount(rows, rates, n), format="csc")
    extra = ["--lattice", arguments.lattice] if arguments.lattice else []
    best, ours = None, None
    for _ in range(arguments.repeat):
        ours, result = run_stillpoint(path, arguments.threads, extra)
        best = result if best is None or result["cpu"] < best["cpu"] else best
    log = np.array(ours)
    print(f"{n} states, {len(rates)} jumps, ln p from {log.min():.1f} to {log.max():.1f}; {arguments.threads} thread(s)")
    print(f"stillpoint, the whole process with reading and printing: {best['whole']}")
    vector = best["cpu"] * best["vector"] / best["wall"]
    print(f"stillpoint, ordering to vector, without closed classes and residual: {vector:.2f} CPU s\n")
    print("| solver | wall s | CPU s | CPU ratio | memory MB | smallest p | negative p | largest error of ln p | residual |")
    print("|---|---|---|---|---|---|---|---|---|")
    row("stillpoint chain", best, best, np.exp(log - log.max()), log, balance)
    pin = int(np.argmax(log))
    keep = np.delete(np.arange(n), pin)
    a, b = balance[keep][:, keep].tocsc(), -balance[keep][:, [pin]].toarray().ravel()
    a.sort_indices()
    folder = HOME / "matrix-data"
    folder.mkdir(parents=True, exist_ok=True)
    for key, array in (("indptr", a.indptr), ("indices", a.indices), ("data", a.data), ("b", b)):
        np.save(folder / f"{key}.npy", array)
    del a
    chosen = arguments.only.split(",") if arguments.only else [""]
    for name in (name for name in PEERS if any(part.strip() in name for part in chosen)):
        result, failure = None, None
        for _ in range(arguments.repeat):
            found, failure = peer(name, folder, arguments.threads)
            if found and (result is None or found["cpu"] < result["cpu"]):
                result = found
        if result is None:
            print(f"| {name} | {failure} | | | | | | | |", flush=True)
            continue
        p = np.insert(np.load(folder / "x.npy"), pin, 1.0)
        row(name, result, best, p, log, balance)


def row(name, result, ours, p, log, balance):
    import numpy as np

    total = np.exp(log - log.max()).sum() if (p < 0).any() else p.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.abs(np.log(np.where(p > 0, p, np.nan) / total) - log)
    residual = np.abs(balance @ p).max() / (abs(balance) @ np.abs(p)).max()
    cells = [
        name,
        f"{result['wall']:.2f}",
        f"{result['cpu']:.2f}",
        f"{result['cpu'] / ours['cpu']:.2f}",
        f"{result['megabytes']:.0f}",
        f"{p.min() / total:.1e}",
        f"{int((p <= 0).sum())}",
        "–" if name.startswith("stillpoint") else f"{np.nanmax(error):.1e}",
        f"{residual:.0e}",
    ]
    print("| " + " | ".join(cells) + " |", flush=True)


def peer(name, folder, threads):
    environment = os.environ | dict.fromkeys(
        ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], str(threads)
    )
    if name.startswith("UMFPACK"):
        # OpenBLAS in place of the reference BLAS.
        environment["LD_LIBRARY_PATH"] = f"{LIBRARIES}/openblas-pthread:{LIBRARIES}"
    command = [str(VENV / "bin/python"), __file__, "--run", name, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        return None, "not run: " + (lines[-1] if lines else f"exit code {done.returncode}")[:80].replace("|", "/")
    return json.loads(done.stdout.strip().splitlines()[-1]), None


# --- installation --------------------------------------------------------------------------------------------


def install():
    """A venv with the peers, UMFPACK beside it; what does not install says so in its row."""
    HOME.mkdir(parents=True, exist_ok=True)
    if not (VENV / "bin/python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        pip = [str(VENV / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        # The wheels of python-mumps (MUMPS 5.2 with OpenBLAS, METIS, PORD, SCOTCH) are made for NumPy 1.
        subprocess.run([*pip, "--only-binary", ":all:", "numpy<2", "scipy"], check=True)
        for package in ("python-mumps", "pypardiso"):
            if subprocess.run([*pip, "--only-binary", ":all:", package]).returncode != 0:
                print(f"{package} does not install on this Python", file=sys.stderr)
    if not (DEBS / "root").exists():
        DEBS.mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run(["apt-get", "download", *DEBIAN.split()], cwd=DEBS, check=True, capture_output=True)
            for package in DEBS.glob("*.deb"):
                subprocess.run(["dpkg", "-x", package, DEBS / "root"], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"UMFPACK does not install: {error}", file=sys.stderr)
    subprocess.run(["cargo", "build", "--release", "--quiet", "--bin", "stillpoint"], cwd=ROOT, check=True)


def main():
    if sys.argv[1:2] == ["--run"]:
        return run_peer(*sys.argv[2:4])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", help="generator as a Matrix Market file, row = source")
    parser.add_argument("--random", type=int, metavar="N")
    parser.add_argument("--write", metavar="FILE")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--lattice", metavar="NxM", help="passed on to stillpoint: the cells are a lattice")
    parser.add_argument("--only", metavar="NAME,...")
    arguments = parser.parse_args()
    if not arguments.file and not arguments.random:
        parser.error("give a file or --random N")
    if Path(sys.prefix).resolve() != VENV.resolve():
        install()
        python = str(VENV / "bin/python")
        os.execv(python, [python, __file__, *sys.argv[1:]])
    path = arguments.file or arguments.write or str(HOME / f"random-{arguments.random}.mtx")
    if arguments.random:
        matrix = random_nine_point(arguments.random)
        write(path, *matrix)
    else:
        matrix = read(path)
    if not arguments.write:
        compare(arguments, path, matrix)


if __name__ == "__main__":
    main()
