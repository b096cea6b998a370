"""Which figures of the catalogue are the same count, and which is a part of which: read from the catalogue's own words.

A measure's numerator or denominator is named by a count: `metric` for what a measure counts, `metric#denominator` for what
it divides by. The catalogue writes the name of a measure where it means that measure's count, and the same words where it
means the same children; what its words cannot say stands in seeds/config/config_measure_relation.csv.
"""

import re
from dataclasses import dataclass

import polars as pl

from publishers.disclosure.rules import words

# what a denominator of residents is called: public numbers, never hidden
PUBLIC = re.compile(r"^(pop\d|residents|population|ethnic population|places|0\.\d)")
# sums and differences of counts, which only a row of config_measure_relation can spell out
ARITHMETIC = r"\b(minus|plus|less|divided by)\b|^(floor|ceil|rate of the group)|{name} [x/+-] |[x/+-] {name}"
WITH_DENOMINATOR = ("P5", "M10", "F5")


@dataclass(frozen=True)
class Links:
    """`count`: (metric_id, part) to the name of the count. `parts`: (part, whole, is_sensitive) of names of counts. `signed`: the
    names of counts that are differences.

    `mentions`: (metric_id, part, other metric, how) for every measure that the catalogue names in the words of another;
    how is same, part, or none: then only a row of config_measure_relation can say it.
    """

    count: dict[tuple[str, str], str]
    parts: list[tuple[str, str, bool]]
    mentions: list[tuple[str, str, str, str]]
    signed: frozenset[str]


def name_of(metric: str, part: str) -> str:
    """The name of a count: the measure's own name for what it counts."""
    return metric if part == "numerator" else f"{metric}#{part}"


def read_links(catalogue: pl.DataFrame, bands: pl.DataFrame) -> Links:
    """The links of `catalogue` (metric_id, suppression_rule; numerator and denominator in words where it has them)."""
    columns = [name for name in ("metric_id", "suppression_rule", "numerator", "denominator") if name in catalogue.columns]
    rows = {row["metric_id"]: row for row in catalogue.select(columns).sort("metric_id").iter_rows(named=True)}
    same: dict[str, str] = {}
    parts: list[tuple[str, str, bool]] = []
    mentions: list[tuple[str, str, str, str]] = []
    first_with: dict[tuple[str, str], str] = {}
    for metric, row in rows.items():
        for part in ("numerator", "denominator"):
            text = (row.get(part) or "").strip()
            if not text or (part == "denominator" and row["suppression_rule"] not in WITH_DENOMINATOR):
                continue
            own = name_of(metric, part)
            named = [word for word in words(text) if word in rows and word != metric]
            how = _how(text, named)
            mentions += [(metric, part, other, how) for other in named]
            if how == "same":
                same[own] = _named(text, named[0])
            elif how == "part" and "in the denominator" not in text:
                # the children behind a mean or a median are its denominator
                of_mean = row["suppression_rule"] == "M10" and part == "numerator"
                counted = name_of(metric, "denominator") if of_mean else own
                parts.append((counted, _named(text, named[0]), part == "denominator" and row["suppression_rule"] == "P5"))
            if how != "same" and "denominator" not in text and not text.startswith("as "):
                first = first_with.setdefault((row["suppression_rule"] if part == "numerator" else "", text), own)
                if first != own:
                    same[own] = first
    for metric, _ in bands.select("metric_id", "breakdown").iter_rows():
        # what a measure by bands counts are the children it divides by, band by band
        if metric in rows and rows[metric].get("denominator"):
            same[metric] = name_of(metric, "denominator")
    count = {(metric, part): _last(same, name_of(metric, part)) for metric in rows for part in ("numerator", "denominator")}
    whole = {(_last(same, part), _last(same, of), sensitive) for part, of, sensitive in parts}
    signed = frozenset(count[metric, "numerator"] for metric in signed_measures(catalogue))
    return Links(count, sorted(pair for pair in whole if pair[0] != pair[1]), mentions, signed)


def is_public(text: str | None) -> bool:
    """Whether a denominator is a number of residents, which others publish."""
    return bool(text and PUBLIC.match(text.strip()))


def signed_measures(catalogue: pl.DataFrame) -> list[str]:
    """The measures that are differences of counts: their 1 to 5 are not people, and they may be below 0."""
    if "numerator" not in catalogue.columns:
        return []
    is_difference = pl.col("numerator").str.contains(r"^floor\(| minus ").fill_null(False)
    signed: list[str] = catalogue.filter(is_difference)["metric_id"].sort().to_list()
    return signed


def _how(text: str, named: list[str]) -> str:
    if not named:
        return ""
    if len(set(named)) > 1 or re.search(ARITHMETIC.format(name=named[0]), text):
        return "none"
    rest = re.sub(r"\b(numerator|denominator|of|the|children|in|number|rows)\b", " ", text.replace(named[0], " "))
    return "part" if rest.strip() else "same"


def _named(text: str, metric: str) -> str:
    """The count that a text means by the measure it names."""
    denominator = re.search(rf"\b(denominator of {metric}|{metric} denominator)\b", text)
    return name_of(metric, "denominator" if denominator else "numerator")


def _last(same: dict[str, str], name: str) -> str:
    seen = {name}
    while name in same and same[name] not in seen:
        name = same[name]
        seen.add(name)
    return name
