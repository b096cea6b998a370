"""Run a command and tell what it cost: wall and CPU seconds of it and its children, and the largest resident memory."""

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

BIN = Path(sys.executable).parent
PROJECT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Cost:
    """What one command took. `peak_bytes` is the largest sum of resident memory over its process tree, sampled."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    output: str


def _tree_rss(pid: int) -> int:
    """Resident bytes of a process and all below it, from /proc; 0 where there is no /proc."""
    children: dict[int, list[int]] = {}
    rss: dict[int, int] = {}
    page = os.sysconf("SC_PAGE_SIZE")
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parts = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(parts[1]), []).append(int(entry.name))
        rss[int(entry.name)] = int(parts[21]) * page
    total, queue = 0, [pid]
    while queue:
        current = queue.pop()
        total += rss.get(current, 0)
        queue += children.get(current, [])
    return total


def run(arguments: list[str], data: Path, **environment: str) -> Cost:
    """Run `arguments` with LIIA_DATA=data. Raises CalledProcessError when it does not end with 0."""
    peak = 0
    start = time.perf_counter()
    process = subprocess.Popen(
        arguments,
        cwd=PROJECT,
        env={**os.environ, "LIIA_DATA": str(data), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output: list[str] = []
    reader = threading.Thread(target=lambda: output.append(process.stdout.read() if process.stdout else ""))
    reader.start()
    status = usage = None
    while status is None:
        peak = max(peak, _tree_rss(process.pid))
        pid, code, used = os.wait4(process.pid, os.WNOHANG)
        if pid:
            status, usage = os.waitstatus_to_exitcode(code), used
            process.returncode = status
        else:
            time.sleep(0.05)
    reader.join()
    wall = time.perf_counter() - start
    if status or usage is None:
        raise subprocess.CalledProcessError(status or 1, arguments, "".join(output))
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak, "".join(output))
