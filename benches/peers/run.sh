#!/bin/sh
# Peers side by side on the same problems in one run; needs python3 (with venv) and cargo.
#
#   benches/peers/run.sh
#
# Prints the tables and writes them to target/peers/table.md. Everything is installed under target/peers.
set -eu
cd "$(dirname "$0")/../.."
home=target/peers
# One thread for everybody.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 RAYON_NUM_THREADS=1

# fplanck 1.x wants Python 3.12; an older one works too, and says so in the table.
find_python() {
    for name in "${PYTHON:-}" python3.14 python3.13 python3.12 python3; do
        if [ -n "$name" ] && "$name" -c 'import venv' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "no python3 with the venv module found; set PYTHON to one" >&2
    exit 1
}

if [ ! -x "$home/venv/bin/python" ]; then
    python=$(find_python)
    "$python" -m venv "$home/venv"
fi
"$home/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r benches/peers/requirements.txt
"$home/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps fplanck==1.0.2 \
    || echo "fplanck 1.0.2 does not install on this Python (it needs 3.12)" >&2

cargo build --release --bin stillpoint
cargo bench --bench peers > "$home/stillpoint.txt"
exec "$home/venv/bin/python" benches/peers/compare.py "$home"
