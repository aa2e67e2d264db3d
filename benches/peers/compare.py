"""Runs all comparisons and writes the tables; called by run.sh."""

import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import accuracy
import sampling
import throughput


def main(home):
    measured = {}
    for line in (Path(home) / "stillpoint.txt").read_text().splitlines():
        name, _, value = line.partition(" ")
        measured[name] = float(value)
    text = "\n".join(
        [
            f"{machine()}; one thread each. {versions()}",
            "",
            "**Error of log p**, D = 1, d = 1, alpha = (2, 2, 3), beta = (1, 1), T = 0.1: largest absolute error for v in "
            "[0.1, 3], in brackets [0.01, 5], against 40-digit arithmetic.",
            "",
            table(["method", "256 cells", "1024", "4096", "CPU s (4096 cells, or 2000 points)"], accuracy.rows(home)),
            "",
            "**Laws per second and core**: 1000 points, mean, variance, five quantiles. Errors are relative, of the law at "
            "T = 0.1.",
            "",
            table(["law", "method", "laws/s", "of stillpoint", "variance off", "median off"], throughput.rows(measured)),
            "",
            "**Monte Carlo**, D = 1, millions per second and core.",
            "",
            table(["work", "NumPy", "stillpoint", "ratio"], sampling.rows(measured)),
            "",
        ]
    )
    print(text)
    (Path(home) / "table.md").write_text(text)


def machine():
    """Processor and number of cores."""
    try:
        lines = subprocess.run(["lscpu"], capture_output=True, text=True, check=True).stdout.splitlines()
        facts = dict(line.split(":", 1) for line in lines if ":" in line)
        return f"{facts['Model name'].strip()}, {facts['CPU(s)'].strip()} cores"
    except (OSError, subprocess.CalledProcessError, KeyError):
        return platform.processor() or platform.machine()


def versions():
    found = [f"Python {platform.python_version()}"]
    for name in ("numpy", "scipy", "mpmath", "fplanck"):
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            found.append(f"{name} not installed")
    return ", ".join(found)


def table(head, rows):
    """A Markdown table that is aligned as plain text, too."""
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    line = lambda row: "| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths)) + " |"
    return "\n".join([line(head), line(["-" * width for width in widths]), *map(line, rows)])


if __name__ == "__main__":
    main(sys.argv[1])
