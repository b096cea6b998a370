"""What the spells of a built London should be, by the truth of its generator, and how far what was built agrees.

A spell counts as right when child, kind, start and end are the truth's to the day (and, where the kind has one, the code
that tells it apart). The truth knows more than any return can tell: of it, only what stood in some year's record is asked
for, and what ends after the last reference date is open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from loaders import keys, vault, warehouse
from loaders.settings import Paths

CHILD = ["la_code", "child_number"]
SPELL = ["child_key", "start_date", "end_date", "code"]
TEMPORARY = {"T0", "T1", "T2", "T3", "T4"}
FOSTER = {"U1", "U2", "U3", "U4", "U5", "U6"}
SHORT_BREAK = ["V3", "V4"]

# kind -> (mart, columns that give start, end and code; None where the kind has none)
BUILT: dict[str, tuple[str, str, str | None, str | None]] = {
    "referral": ("fct_referral_spell", "start_date", "end_date", None),
    "assessment": ("fct_assessment_spell", "start_date", "end_date", None),
    "section_47": ("fct_section_47_spell", "start_date", None, None),
    "conference": ("fct_conference_spell", "conference_date", None, None),
    "cin_plan": ("fct_cin_plan_spell", "start_date", "end_date", None),
    "child_protection_plan": ("fct_child_protection_plan_spell", "start_date", "end_date", "initial_category_code"),
    "episode": ("fct_episode_spell", "start_date", "end_date", "reason_episode_ceased_code"),
    "care_period": ("fct_care_period", "start_date", "end_date", "reason_ceased"),
    "placement": ("fct_placement_spell", "start_date", "end_date", None),
    "legal_status": ("fct_legal_status_spell", "start_date", "end_date", "legal_status_code"),
    "short_break": ("fct_short_break_spell", "start_date", "end_date", "legal_status_code"),
    "missing_from_care": ("fct_missing_from_care_spell", "start_date", "end_date", "missing_type_code"),
    "uasc": ("fct_uasc_spell", "start_date", "end_date", None),
}


@dataclass(frozen=True)
class Score:
    """Spells of one kind: how many the truth has, how many were built, how many of these are right to the day."""

    n_true: int
    n_built: int
    n_right: int

    @property
    def precision(self) -> float:
        return self.n_right / self.n_built if self.n_built else 1.0

    @property
    def recall(self) -> float:
        return self.n_right / self.n_true if self.n_true else 1.0


def child_keys(paths: Paths) -> pl.DataFrame:
    """la_code, child_number, child_key of every authority, from its vault."""
    key = keys.pseudonym_key(paths)
    found = [
        (la_code, number, child_key)
        for la_code in vault.authorities(paths)
        for number, child_key in vault.read(paths, key, la_code).children.items()
    ]
    return pl.DataFrame(found, schema=[*CHILD, "child_key"], orient="row")


def planted(paths: Paths) -> int:
    """How many errors the generator planted."""
    return pl.read_parquet(paths.truth / "planted_error.parquet").height


def scores(paths: Paths) -> dict[str, Score]:
    """The score of every kind of spell."""
    true, made = expected(paths), built(paths)
    return {kind: Score(true[kind].height, made[kind].height, right(true[kind], made[kind]).height) for kind in BUILT}


def right(true: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
    """The rows that both hold, each as often as the rarer of the two."""
    return _numbered(made).join(_numbered(true), on=[*SPELL, "copy"], how="semi", nulls_equal=True)


def wrong(true: pl.DataFrame, made: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(missing, extra): spells of the truth that were not built, spells built that the truth does not know."""
    one, other = _numbered(true), _numbered(made)
    on = [*SPELL, "copy"]
    return one.join(other, on=on, how="anti", nulls_equal=True), other.join(one, on=on, how="anti", nulls_equal=True)


def built(paths: Paths) -> dict[str, pl.DataFrame]:
    """kind -> child_key, start_date, end_date, code, as the marts have them; short breaks are no episodes of care here."""
    found = {}
    with warehouse.connect(paths, read_only=True) as connection:
        for kind, (mart, start, end, code) in BUILT.items():
            where = "WHERE NOT is_short_break" if kind == "episode" else ""
            rows = connection.execute(
                f"SELECT child_key, {start} AS start_date, {end or 'CAST(NULL AS DATE)'} AS end_date, "
                f"{code or 'CAST(NULL AS VARCHAR)'} AS code FROM marts.{mart} {where}"
            )
            found[kind] = rows.pl()
    return found


def expected(paths: Paths) -> dict[str, pl.DataFrame]:
    """kind -> child_key, start_date, end_date, code, as the truth has them as far as any return could tell."""
    truth = pl.read_parquet(paths.truth / "spell.parquet")
    last = pl.read_parquet(paths.truth / "file.parquet")["collection_year"].max()
    assert isinstance(last, int)
    cutoff = date(last, 3, 31)
    truth = truth.with_columns(_known(pl.col("end_date"), cutoff).alias("end_date"))
    known = child_keys(paths)

    def of(kind: str) -> pl.DataFrame:
        return truth.filter(pl.col("kind") == kind)

    def seen(kind: str, record: str, start: str) -> pl.DataFrame:
        rows = _record(paths, record).select(*CHILD, pl.col(start).alias("start_date")).unique()
        return of(kind).join(rows, on=[*CHILD, "start_date"], how="semi")

    no_end, no_code = pl.lit(None, dtype=pl.Date).alias("end_date"), pl.lit(None, dtype=pl.String).alias("code")
    held = pl.concat(
        [
            _record(paths, record).select(*CHILD, pl.col("date_of_initial_cpc").alias("start_date"))
            for record in ("section47", "cin_details")
        ]
    ).unique()
    episodes = _episodes(paths, of("episode"), of("care_period"))
    periods = _periods(episodes, cutoff)
    found = {
        "referral": seen("referral", "cin_details", "cin_referral_date").with_columns(no_code),
        "assessment": seen("assessment", "assessment", "assessment_actual_start_date").with_columns(no_code),
        "section_47": seen("section47", "section47", "s47_actual_start_date").with_columns(no_end, no_code),
        "conference": of("conference")
        .join(held, on=[*CHILD, "start_date"], how="semi")
        .unique([*CHILD, "start_date"])
        .with_columns(no_end, no_code),
        "cin_plan": seen("cin_plan", "cin_plan_dates", "cin_plan_start_date").with_columns(no_code),
        "child_protection_plan": seen("child_protection_plan", "child_protection_plan", "cpp_start_date"),
        "episode": episodes.with_columns(_known(pl.col("rec"), cutoff, pl.col("end_date")).alias("code")),
        "care_period": periods,
        "placement": _placements(episodes).with_columns(no_code),
        "legal_status": _runs(episodes, "ls"),
        "short_break": seen("short_break", "episodes", "decom"),
        "missing_from_care": seen("missing", "missing", "mis_start"),
        "uasc": _unaccompanied(paths, periods, cutoff).with_columns(no_code),
    }
    # a child whose return never arrived has no key, and its spells are missing all the same
    unknown = pl.concat_str(CHILD, separator=" ")
    return {
        kind: rows.join(known, on=CHILD, how="left").with_columns(pl.col("child_key").fill_null(unknown)).select(SPELL)
        for kind, rows in found.items()
    }


def _record(paths: Paths, name: str) -> pl.DataFrame:
    path = paths.truth / f"record_{name}.parquet"
    if path.exists():
        return pl.read_parquet(path)
    return pl.DataFrame(schema={"la_code": pl.String, "child_number": pl.String, "cin_plan_start_date": pl.Date})


def _known(value: pl.Expr, cutoff: date, end: pl.Expr | None = None) -> pl.Expr:
    """The value where the end has come by the cutoff, else null."""
    return pl.when((value if end is None else end) <= cutoff).then(value)


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    ordered = rows.select(SPELL).sort(SPELL)
    return ordered.with_columns(pl.int_range(pl.len()).over(SPELL).alias("copy"))


def _episodes(paths: Paths, truth: pl.DataFrame, periods: pl.DataFrame) -> pl.DataFrame:
    """Episodes of care that stood in a return, with their true end and period, told as by the last return to hold them."""
    told = (
        _record(paths, "episodes")
        .filter(~pl.col("ls").is_in(SHORT_BREAK))
        .sort("collection_year")
        .unique([*CHILD, "decom"], keep="last", maintain_order=True)
        .rename({"decom": "start_date"})
        .drop("rec")
    )
    ends = truth.select(*CHILD, "start_date", "end_date", pl.col("reason").alias("rec"))
    own_period = periods.select(*CHILD, pl.col("start_date").alias("period_start")).sort("period_start")
    return (
        told.join(ends, on=[*CHILD, "start_date"], how="inner")
        .sort("start_date")
        .join_asof(own_period, left_on="start_date", right_on="period_start", by=CHILD, strategy="backward", check_sortedness=False)
        .sort(*CHILD, "start_date")
    )


def _periods(episodes: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Care periods from their first visible episode to the true end, with the reason for leaving as code."""
    return (
        episodes.sort(*CHILD, "start_date")
        .group_by(*CHILD, "period_start", maintain_order=True)
        .agg(pl.col("start_date").first(), pl.col("end_date", "rec").last())
        .with_columns(_known(pl.col("rec"), cutoff, pl.col("end_date")).alias("code"))
    )


def _placements(episodes: pl.DataFrame) -> pl.DataFrame:
    """timelines.md 4 told step by step: one placement until a child really moves."""
    found = []
    for _, period in episodes.group_by(*CHILD, "period_start", maintain_order=True):
        rows = list(period.iter_rows(named=True))
        moved = [True, *(not _same_home(rows, at) for at in range(1, len(rows)))]
        firsts = [at for at, is_new in enumerate(moved) if is_new]
        for first, after in zip(firsts, [*firsts[1:], len(rows)], strict=True):
            found.append({**{name: rows[first][name] for name in (*CHILD, "start_date")}, "end_date": rows[after - 1]["end_date"]})
    schema = {"la_code": pl.String, "child_number": pl.String, "start_date": pl.Date, "end_date": pl.Date}
    return pl.DataFrame(found, schema=schema)


def _same_home(rows: list[dict[str, Any]], at: int) -> bool:
    """Whether the episode at a place of the list goes on in the placement of the one before."""
    before, now = rows[at - 1], rows[at]
    if now["rne"] == "L":
        return True
    same_carer = before["reason_place_change"] == "PLACE" or (now["place"] in ("A3", "A5") and before["place"] in FOSTER)
    if now["rne"] in ("T", "U") and same_carer:
        return True
    # a temporary stay, or the way back from one, when it leads back to where the child was
    left = _lasting(rows[at - 1 :: -1])
    back = now if now["place"] not in TEMPORARY else _lasting(rows[at:])
    is_stay = now["place"] in TEMPORARY or before["place"] in TEMPORARY
    return bool(is_stay and left and back and all(left[name] == back[name] for name in ("place", "urn", "pl_post")))


def _lasting(rows: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    return next((row for row in rows if row["place"] not in TEMPORARY), None)


def _runs(episodes: pl.DataFrame, column: str) -> pl.DataFrame:
    """Neighbouring episodes of a period with one value."""
    return (
        episodes.sort(*CHILD, "start_date")
        .with_columns(pl.struct(*CHILD, "period_start", column).rle_id().alias("run"))
        .group_by("run", maintain_order=True)
        .agg(pl.col(*CHILD, "start_date", column).first(), pl.col("end_date").last())
        .rename({column: "code"})
    )


def _unaccompanied(paths: Paths, periods: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """One spell a child: from its first visible care period to the day the status ceased, by the last return to say so."""
    first = periods.group_by(CHILD).agg(pl.col("start_date").min())
    status = (
        _record(paths, "uasc")
        .sort("collection_year")
        .unique(CHILD, keep="last", maintain_order=True)
        .select(*CHILD, pl.col("duc").alias("end_date"))
    )
    return first.join(status, on=CHILD, how="inner").with_columns(_known(pl.col("end_date"), cutoff).alias("end_date"))
