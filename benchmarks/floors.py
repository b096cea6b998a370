"""The floors: what the same files cost when nothing is done with them. Run as a process of its own, so that CPU is clean.

`python -m benchmarks.floors xml|csv FOLDER` prints one JSON line: files, bytes, rows, cpu_seconds.
"""

import json
import sys
import time
from pathlib import Path

import polars as pl
from lxml import etree


def walk_xml(paths: list[Path]) -> int:
    """A bare `iterparse` walk that frees what it has passed. Returns the number of elements that hold text or children."""
    elements = 0
    for path in paths:
        for _, element in etree.iterparse(str(path), events=("end",)):
            elements += 1
            if element.tag == "Child":
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    return elements


def read_csv(paths: list[Path]) -> int:
    """polars' bare read of every file, all columns as text. Returns the number of rows."""
    return sum(pl.read_csv(path, infer_schema=False).height for path in paths)


def main(kind: str, folder: Path) -> None:
    paths = sorted(folder.rglob(f"*.{kind}"))
    start = time.process_time()
    rows = walk_xml(paths) if kind == "xml" else read_csv(paths)
    cpu = time.process_time() - start
    size = sum(path.stat().st_size for path in paths)
    print(json.dumps({"files": len(paths), "bytes": size, "rows": rows, "cpu_seconds": cpu}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
