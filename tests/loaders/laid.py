"""The samples laid out as returns: <return>/<authority>/<year>/<file>, with the outcome their manifests promise."""

import csv
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from loaders import facts

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
AUTHORITY = "camden"


@dataclass(frozen=True)
class Sample:
    """One sample: its file, where it lies, and what its manifest says becomes of it."""

    file: str
    return_name: str
    outcome: str
    expect: str
    place: Path

    @property
    def path(self) -> Path:
        return SAMPLES / self.return_name / self.file

    @property
    def is_accepted(self) -> bool:
        return self.outcome == "accepted"


def _cin_census_place(file: str) -> Path:
    """Where the header says it belongs; what no header tells is 2026 in Camden."""
    # NUL bytes out: one sample is UTF-16
    content = (SAMPLES / "cin_census" / file).read_bytes().replace(b"\0", b"")
    year = re.search(rb"<Year>([0-9]{4})<", content)
    lea = re.search(rb"<LEA>([0-9]{3})<", content)
    authority = authority_folder(lea[1].decode()) if lea else AUTHORITY
    # well-formed and of 2025: it is wrong only by the folder it lies in
    folder = "2024" if file == "bad_year_vs_path.xml" else year[1].decode() if year else "2026"
    return Path("cin_census", authority, folder, file)


def authority_folder(la_code: str) -> str:
    """The folder of an authority: its name in small letters, underscores for spaces."""
    name = next(authority.name for authority in facts.authorities() if authority.la_code == la_code)
    return name.lower().replace(" ", "_")


def _ssda903_place(file: str) -> Path:
    kind, *folders, name = Path(file).parts
    if kind == "valid":
        return Path("ssda903", *folders, name)
    year = re.search(r"20\d\d", name)
    return Path("ssda903", AUTHORITY, *([year[0]] if year else []), name)


def samples() -> list[Sample]:
    """Every sample of both manifests, in their order."""
    found: list[Sample] = []
    for return_name, place in (("cin_census", _cin_census_place), ("ssda903", _ssda903_place)):
        with (SAMPLES / return_name / "manifest.csv").open(encoding="utf-8", newline="") as manifest:
            for row in csv.DictReader(manifest):
                found.append(Sample(row["file"], return_name, row["outcome"], row["expect"], place(row["file"])))
    return found


def lay(folder: Path, wanted: list[Sample] | None = None) -> Path:
    """Copy samples (default: all) under `folder` as returns; gives the folder back."""
    for sample in samples() if wanted is None else wanted:
        target = folder / sample.place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(sample.path, target)
    return folder
