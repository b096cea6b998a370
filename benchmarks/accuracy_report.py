"""The page docs/longitudinal-accuracy.md, from the scores of each run."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accuracy_spells import Score

REMAINS = Path(__file__).with_name("accuracy_remains.csv")


@dataclass(frozen=True)
class Run:
    """One London: the kind of error planted, how many were, and the scores of spells by kind and of persons by name."""

    name: str
    n_planted: int
    spells: dict[str, Score]
    persons: dict[str, Score]

    @property
    def all_spells(self) -> Score:
        return total(self.spells.values())


def remains() -> dict[str, str]:
    """What is left after each kind of error and why no rule can do better, by its name."""
    with REMAINS.open(encoding="utf-8", newline="") as file:
        return {row["error"]: row["why"] for row in csv.DictReader(file)}


def total(scores: Iterable[Score]) -> Score:
    """All of them as one."""
    parts = list(scores)
    return Score(sum(s.n_true for s in parts), sum(s.n_built for s in parts), sum(s.n_right for s in parts))


def page(runs: list[Run], *, scale: float, years: str, rate: float) -> str:
    """The whole page."""
    clean = runs[0]
    lines = [
        "# How right the timeline is",
        "",
        f"Made by `make accuracy`: an invented London at scale {scale:g}, collections {years}, loaded and built once for each",
        f"kind of error by itself at a rate of {rate:.0%}, and once with all of them at their usual rates; what was built is",
        "compared with the truth that the generator keeps. A spell is right when child, kind, dates and codes are the truth's,",
        "each date to the day. Precision is the share of built spells that are right, recall the share of true spells that were",
        "built right.",
        "A person is right when it is exactly the children that some pupil number in the returns shows to be one; `pair` counts",
        "pairs of children joined.",
        "",
        "Without errors every spell and every person equals the truth: "
        + ("none missing, none extra." if exact(clean.spells.values()) else "**it does not.**"),
        "",
        "| error planted | errors | spells | precision | recall | persons: precision | recall | pairs: precision | recall |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for run in runs:
        spells, person, pair = run.all_spells, run.persons["person"], run.persons["pair"]
        cells = [run.name, f"{run.n_planted:,}", f"{spells.n_true:,}", *_shares(spells), *_shares(person), *_shares(pair)]
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "## What is left, by kind of error", ""]
    for run in runs[1:]:
        lines += _section(run)
    in_truth = clean.persons["pair_in_truth"]
    lines += [
        "## Persons no return can show",
        "",
        f"Of the {in_truth.n_true:,} pairs of child numbers that the truth knows to be one person, {in_truth.n_right:,} stand in",
        "the returns of two authorities with a pupil number in both; the others have none yet in one of them, or were adopted",
        "between, and are kept apart by rule (docs/rules/timelines.md 2).",
        "",
    ]
    return "\n".join(lines)


def exact(scores: Iterable[Score]) -> bool:
    """Whether nothing is missing and nothing extra."""
    return all(score.n_true == score.n_built == score.n_right for score in scores)


def write(out: Path, runs: list[Run], *, scale: float, years: str, rate: float) -> None:
    """Write the page. Raises KeyError for a kind of error whose remains nobody has explained."""
    out.write_text(page(runs, scale=scale, years=years, rate=rate), encoding="utf-8")


def _shares(score: Score) -> tuple[str, str]:
    return _percent(score.precision), _percent(score.recall)


def _percent(share: float) -> str:
    """Two decimals, never rounded up to 100."""
    return "100%" if share == 1 else f"{min(share, 0.9999):.2%}"


def _section(run: Run) -> list[str]:
    lines = [f"### {run.name}", "", remains()[run.name], ""]
    named = {**run.spells, **{name: score for name, score in run.persons.items() if name != "pair_in_truth"}}
    left = {name: score for name, score in named.items() if not exact([score])}
    if not left:
        return [*lines, "Everything equals the truth.", ""]
    lines += ["| kind | true | built | right | precision | recall |", "|---|--:|--:|--:|--:|--:|"]
    for name, score in left.items():
        numbers = (f"{score.n_true:,}", f"{score.n_built:,}", f"{score.n_right:,}", *_shares(score))
        lines.append(f"| {name} | " + " | ".join(numbers) + " |")
    return [*lines, "", "Every other kind equals the truth.", ""]
