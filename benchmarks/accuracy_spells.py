"""What the spells of a built London should be, by the truth of its generator, and how far what was built agrees.

A spell counts as right when child, kind, start and end are the truth's to the day and all its codes are the truth's. The
truth knows more than any return can tell: of it, only what stood in some year's record is asked for, and what ends after
the last reference date is open. Codes that may change while a spell goes on are those of the last year's record.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from loaders import keys, vault, warehouse
from loaders.settings import Paths

CHILD = ["la_code", "child_number"]
SPELL = ["child_key", "start_date", "end_date", "code", "codes"]
TEMPORARY = {"T0", "T1", "T2", "T3", "T4"}
FOSTER = {"U1", "U2", "U3", "U4", "U5", "U6"}
SHORT_BREAK = ["V3", "V4"]

# kind -> (relation, columns that give start, end and the code that tells it apart, the rest of its codes; "" where none)
BUILT: dict[str, tuple[str, str, str, str, tuple[str, ...]]] = {
    "referral": (
        "fct_referral_spell", "start_date", "end_date", "",
        ("referral_source_code", "primary_need_code", "reason_for_closure_code", "is_no_further_action::INTEGER"),
    ),
    "assessment": ("fct_assessment_spell", "start_date", "end_date", "", ("internal_review_date",)),
    "section_47": (
        "fct_section_47_spell", "start_date", "", "",
        ("conference_target_date", "conference_date", "is_conference_not_required::INTEGER"),
    ),
    "conference": ("fct_conference_spell", "conference_date", "", "", ()),
    "cin_plan": ("fct_cin_plan_spell", "start_date", "end_date", "", ()),
    "child_protection_plan": (
        "fct_child_protection_plan_spell", "start_date", "end_date", "initial_category_code",
        ("latest_category_code", "n_previous_plans"),
    ),
    "child_protection_review": (
        "fct_child_protection_plan_review JOIN marts.fct_child_protection_plan_spell AS plan "
        "USING (child_protection_plan_spell_key, child_key)",
        "review_date", "", "plan.start_date::VARCHAR", (),
    ),
    "episode": (
        "fct_episode_spell", "start_date", "end_date", "reason_episode_ceased_code",
        (
            "reason_new_episode_code", "legal_status_code", "category_of_need_code", "placement_type_code",
            "placement_provider_code", "placement_urn", "reason_placement_change_code",
        ),
    ),
    "care_period": ("fct_care_period", "start_date", "end_date", "reason_ceased", ()),
    "placement": ("fct_placement_spell", "start_date", "end_date", "", ("placement_type_code", "placement_urn")),
    "legal_status": ("fct_legal_status_spell", "start_date", "end_date", "legal_status_code", ()),
    "short_break": ("fct_short_break_spell", "start_date", "end_date", "legal_status_code", ("placement_type_code",)),
    "missing_from_care": ("fct_missing_from_care_spell", "start_date", "end_date", "missing_type_code", ()),
    "uasc": ("fct_uasc_spell", "start_date", "end_date", "", ()),
    "care_leaver_year": (
        "fct_care_leaver_year", "reference_date", "", "in_touch_code", ("activity_code", "accommodation_code"),
    ),
}  # fmt: skip


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
    """kind -> the columns of SPELL, as the marts have them; short breaks are no episodes of care here."""
    found = {}
    with warehouse.connect(paths, read_only=True) as connection:
        for kind, (relation, start, end, code, codes) in BUILT.items():
            where = "WHERE NOT is_short_break" if kind == "episode" else ""
            rows = connection.execute(
                f"SELECT child_key, {start} AS start_date, {end or 'CAST(NULL AS DATE)'} AS end_date, "
                f"{code or 'CAST(NULL AS VARCHAR)'} AS code, {_told_in_sql(codes)} AS codes FROM marts.{relation} {where}"
            )
            found[kind] = rows.pl()
    return found


def _told_in_sql(codes: tuple[str, ...]) -> str:
    """The codes of a spell as one text, blanks kept."""
    texts = " || '|' || ".join(f"coalesce(({code})::VARCHAR, '')" for code in codes)
    return texts or "CAST(NULL AS VARCHAR)"


def expected(paths: Paths) -> dict[str, pl.DataFrame]:
    """kind -> the columns of SPELL, as the truth has them as far as any return could tell."""
    truth = pl.read_parquet(paths.truth / "spell.parquet")
    last = pl.read_parquet(paths.truth / "file.parquet")["collection_year"].max()
    assert isinstance(last, int)
    cutoff = date(last, 3, 31)
    truth = truth.with_columns(_known(pl.col("end_date"), cutoff).alias("end_date"))
    known = child_keys(paths)

    def of(kind: str) -> pl.DataFrame:
        return truth.filter(pl.col("kind") == kind)

    def seen(kind: str, record: str, start: str, *codes: str) -> pl.DataFrame:
        """Spells that stood in some year's record, with the codes of the last one."""
        rows = _record(paths, record).rename({start: "start_date"}).sort("collection_year")
        rows = rows.unique([*CHILD, "start_date"], keep="last", maintain_order=True)
        told = rows.select(*CHILD, "start_date", _told(*codes))
        return of(kind).join(told, on=[*CHILD, "start_date"], how="inner")

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
        "referral": seen(
            "referral", "cin_details", "cin_referral_date",
            "referral_source", "primary_need_code", "reason_for_closure", "referral_nfa",
        ).with_columns(no_code),
        "assessment": seen(
            "assessment", "assessment", "assessment_actual_start_date", "assessment_internal_review_date"
        ).with_columns(no_code),
        "section_47": seen(
            "section47", "section47", "s47_actual_start_date",
            "initial_cpc_target", "date_of_initial_cpc", "icpc_not_required",
        ).with_columns(no_end, no_code),
        "conference": of("conference")
        .join(held, on=[*CHILD, "start_date"], how="semi")
        .unique([*CHILD, "start_date"])
        .with_columns(no_end, no_code),
        "cin_plan": seen("cin_plan", "cin_plan_dates", "cin_plan_start_date").with_columns(no_code),
        "child_protection_plan": seen(
            "child_protection_plan", "child_protection_plan", "cpp_start_date",
            "latest_category_of_abuse", "number_of_previous_cpp",
        ),
        "child_protection_review": _reviews(paths).with_columns(no_end),
        "episode": episodes.with_columns(
            _known(pl.col("rec"), cutoff, pl.col("end_date")).alias("code"),
            _told("rne", "ls", "cin", "place", "place_provider", "urn", "reason_place_change"),
        ),
        "care_period": periods,
        "placement": _placements(episodes).with_columns(no_code, _told("place", "urn")),
        "legal_status": _runs(episodes, "ls"),
        "short_break": seen("short_break", "episodes", "decom", "place"),
        "missing_from_care": seen("missing", "missing", "mis_start"),
        "uasc": _unaccompanied(paths, periods, cutoff).with_columns(no_code),
        "care_leaver_year": _record(paths, "oc3").select(
            *CHILD, pl.date(pl.col("collection_year"), 3, 31).alias("start_date"), no_end,
            pl.col("in_touch").alias("code"), _told("activ", "accom"),
        ),
    }  # fmt: skip
    found = {kind: rows if "codes" in rows.columns else rows.with_columns(_told()) for kind, rows in found.items()}
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


def _told(*codes: str) -> pl.Expr:
    """The codes of a spell as one text, blanks kept."""
    texts = [pl.col(code).cast(pl.String).fill_null("") for code in codes]
    told = pl.concat_str(texts, separator="|") if texts else pl.lit(None, dtype=pl.String)
    return told.alias("codes")


def _reviews(paths: Paths) -> pl.DataFrame:
    """One row per plan and day of a review, over all years' records; the code is the start of the plan."""
    plan = ["collection_year", *CHILD, "child_seq", "cin_details_seq", "cpp_seq"]
    started = _record(paths, "child_protection_plan").select(*plan, pl.col("cpp_start_date").cast(pl.String).alias("code"))
    held = _record(paths, "review").join(started, on=plan, how="inner")
    return held.select(*CHILD, pl.col("cpp_review_date").alias("start_date"), "code").unique()


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
            start = {name: rows[first][name] for name in (*CHILD, "start_date")}
            end = {name: rows[after - 1][name] for name in ("end_date", "place", "urn")}
            found.append({**start, **end})
    schema = {"la_code": pl.String, "child_number": pl.String, "start_date": pl.Date, "end_date": pl.Date}
    schema |= {"place": pl.String, "urn": pl.String}
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
