"""The page docs/longitudinal-accuracy.md, from the scores of each run."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accuracy_spells import Score

# What is left after each kind of error, and why no rule can do better; shown where something is left.
WHY = {
    "missing_file": "What only an unsent return would have told is missing. A spell open before the unsent year that ended in it is "
    "closed at the last reference date before (LOST, assumed); a spell held on both sides goes on (is_bridged).",
    "missing_upn": "Spells go by child number and are untouched. A child without a pupil number in an authority cannot be joined to "
    "the same child in another.",
    "temporary_upn": "A temporary number joins nobody, by rule; spells are untouched.",
    "wrong_upn": "A number with a wrong check letter joins nobody, by rule; spells are untouched.",
    "unknown_ethnicity": "NOBT and REFU never replace a known value; spells and persons are untouched.",
    "near_identical_sibling": "The twin is a child of its own number in the return, so its spells are built: they are no error of the "
    "timeline, only the truth does not know the child. No twin is joined to its sibling.",
    "late_correction": "A closure told otherwise by the next return wins by rule, and the truth keeps the first one: each difference is a "
    "row of fct_conflict with both dates.",
    "changed_episode": "Where the last return to hold a spell tells another start, need, placement or legal status, it wins by rule; the "
    "value before is in fct_conflict. Where a later return tells the true start again, the spell is right. An episode of care whose "
    "last return moved its start begins there, and the episode before it is drawn out to it (GAP).",
    "vanished_episode": "A child or referral that leaves a return for good ends at the reference date before (LOST, assumed): the true end is "
    "never told. What began after it left is missing. Where it comes back later the spell is right.",
    "same_day_episode": "The episode of no length is set aside (SAME_DAY) and the one it stood beside is kept.",
    "wrong_code": "An unknown legal status ends a run of the known one, and hides a short break or a restart; an unknown placement or RNE "
    "parts what was one placement. dq_unknown_code names each.",
    "impossible_date": "A row without a start that can be read has no place on a timeline (UNDATED); an end that cannot be read is made from "
    "the next episode (REPAIR), or assumed. A date that another return tells is right.",
    "duplicate_row": "Equal rows are one, from the loader on.",
    "missing_factors": "Factors are no part of a spell.",
    "all, at their usual rates": "All of the above at the rates of synthetic/facts/errors.csv.",
}


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
        f"Made by `make accuracy`: an invented London at scale {scale:g}, collections {years}, loaded and built once for each kind of error",
        f"by itself at a rate of {rate:.0%}, and once with all of them at their usual rates; what was built is compared with the truth that",
        "the generator keeps. A spell is right when child, kind, start, end and code are the truth's, each date to the day. Precision is the",
        "share of built spells that are right, recall the share of true spells that were built right. Persons are right when they are",
        "exactly the children that some pupil number in the returns shows to be one; `pair` counts pairs of children joined.",
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
        f"Of the {in_truth.n_true:,} pairs of child numbers that the truth knows to be one person, {in_truth.n_right:,} stand in two "
        "authorities' returns with a pupil number in both; the others have no pupil number yet in one of them, or were adopted between, "
        "and are kept apart by rule (docs/rules/timelines.md 2).",
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
    lines = [f"### {run.name}", "", WHY[run.name], ""]
    named = {**run.spells, **{name: score for name, score in run.persons.items() if name != "pair_in_truth"}}
    left = {name: score for name, score in named.items() if not exact([score])}
    if not left:
        return [*lines, "Everything equals the truth.", ""]
    lines += ["| kind | true | built | right | precision | recall |", "|---|--:|--:|--:|--:|--:|"]
    for name, score in left.items():
        numbers = (f"{score.n_true:,}", f"{score.n_built:,}", f"{score.n_right:,}", *_shares(score))
        lines.append(f"| {name} | " + " | ".join(numbers) + " |")
    return [*lines, "", "Every other kind equals the truth.", ""]
