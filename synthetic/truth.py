"""What truth/ holds beside the returns: every person, every name a system knows them by, every spell, every record."""

import numpy as np
import numpy.typing as npt
import polars as pl

from synthetic import facts, identity
from synthetic.days import NEVER
from synthetic.lives import FAMILY, KINDS_OF_LEAVING, NO_FURTHER_ACTION, ethnicity_codes
from synthetic.story import Story, dates

# one text for all rows, or one for each
Texts = str | pl.Series | npt.NDArray[np.str_]

OUTCOMES = ("no_further_action", "not_in_need", "in_need")


def persons(story: Story) -> pl.DataFrame:
    """One row per person whose first referral was made in the authority (so each once in London).

    person_id, birth_date, expected_birth_date, sex (M, F), ethnicity, upn (the first lifelong one), is_disabled,
    is_unaccompanied, household_id, home_la_code, second_la_code and third_la_code with the days the family moved.
    """
    everyone = story.lives.people
    who = everyone.take(everyone.home == story.lives.place)
    codes = np.array(facts.la_codes())
    first = np.zeros(len(who), dtype=np.int64)
    moves, again = who.move_date < NEVER, who.second_move_date < NEVER
    return pl.DataFrame(
        {
            "person_id": identity.person_id(who),
            "birth_date": dates(who.birth),
            "expected_birth_date": dates(who.expected_birth),
            "sex": np.where(who.is_male, "M", "F"),
            "ethnicity": np.array(ethnicity_codes())[who.ethnicity],
            "upn": identity.upn(who, first),
            "is_disabled": who.is_disabled,
            "is_unaccompanied": who.group != FAMILY,
            "household_id": [f"{household:016x}" for household in who.household],
            "home_la_code": codes[who.home],
            "moved_date": dates(who.move_date),
            "second_la_code": np.where(moves, codes[who.move_to], ""),
            "moved_again_date": dates(who.second_move_date),
            "third_la_code": np.where(again, codes[who.second_move_to], ""),
        }
    )


def identifiers(story: Story, returns: dict[str, set[str]]) -> pl.DataFrame:
    """One row per person, return and child number of the authority, for the numbers the returns hold.

    valid_from is the first referral under the number; valid_to the day it ended (adoption), null while it holds.
    """
    who = story.lives.people.take(story.children["person"].to_numpy())
    known = story.children.with_columns(
        pl.Series("person_id", identity.person_id(who)),
        pl.lit(story.la_code).alias("la_code"),
        dates(story.children["first_referral"].to_numpy()).alias("valid_from"),
        dates(story.children["adopted"].to_numpy()).alias("valid_to"),
        (pl.col("identity") > 0).alias("is_after_adoption"),
    )
    return pl.concat(
        [
            known.filter(pl.col("child_number").is_in(sorted(numbers))).select(
                "person_id",
                pl.lit(name).alias("return_name"),
                "la_code",
                "child_number",
                "upn",
                "valid_from",
                "valid_to",
                "is_after_adoption",
            )
            for name, numbers in returns.items()
        ]
    )


def spells(story: Story, last: int) -> pl.DataFrame:
    """Every spell of the authority's children up to the last reference day; ends are the true ones, later or not.

    person_id, la_code, child_number, kind, start_date, end_date, then what each kind needs: code (outcome, legal status,
    placement type, kind of absence, category of abuse), detail, reason (of closure, of leaving care).
    """
    r, care, need = story.lives.referrals, story.care, story.need
    who = story.lives.people
    referral_at = np.flatnonzero(story.lives.here)
    place = pl.DataFrame({"referral": np.arange(len(r)), "person": r.person, "identity": r.identity}).join(
        story.children.select("person", "identity", "child_number"), on=["person", "identity"], how="left", maintain_order="left"
    )
    numbers = place["child_number"].to_numpy()
    ids = identity.person_id(who)
    periods = care.periods
    of_period = periods["referral"].to_numpy()
    found: list[pl.DataFrame] = []

    def add(
        kind: str,
        referral: np.ndarray,
        start: np.ndarray,
        end: np.ndarray,
        code: Texts = "",
        detail: Texts = "",
        reason: Texts = "",
    ) -> None:
        size = len(referral)

        def text(value: Texts) -> pl.Series:
            return pl.Series([value] * size if isinstance(value, str) else value, dtype=pl.String)

        found.append(
            pl.DataFrame(
                {
                    "person_id": ids[r.person[referral]],
                    "child_number": numbers[referral],
                    "kind": [kind] * size,
                    "start": np.asarray(start, dtype=np.int64),
                    "start_date": dates(np.asarray(start, dtype=np.int64)),
                    "end_date": dates(np.asarray(end, dtype=np.int64)),
                    "code": text(code),
                    "detail": text(detail),
                    "reason": text(reason),
                }
            )
            if size
            else pl.DataFrame(schema=_SPELL)
        )

    own = r.take(referral_at)
    outcome = np.array(OUTCOMES)[own.outcome]
    add(
        "referral",
        referral_at,
        own.start,
        np.where(own.outcome == NO_FURTHER_ACTION, own.start, own.end),
        outcome,
        np.where(own.is_transfer_in, "transfer in", ""),
        own.closure_reason,
    )
    add("assessment", *_three(need.assessment))
    add("section47", *_three(need.section47))
    held = need.section47.filter(pl.col("conference") < NEVER)
    add(
        "conference",
        held["referral"].to_numpy(),
        held["conference"].to_numpy(),
        held["conference"].to_numpy(),
        detail="after section 47",
    )
    moved = referral_at[own.transfer_conference < NEVER]
    add("conference", moved, r.transfer_conference[moved], r.transfer_conference[moved], detail="transfer in")
    add("cin_plan", *_three(need.cin_plan))
    add("child_protection_plan", *_three(need.plan), need.plan["first_category"])
    kinds = np.array(KINDS_OF_LEAVING)[periods["kind"].to_numpy()]
    looked_after = (~periods["is_short_break"]).to_numpy()
    start, end = periods["start"].to_numpy(), periods["end"].to_numpy()
    add("care_period", of_period[looked_after], start[looked_after], end[looked_after], reason=kinds[looked_after])
    alone = periods["is_unaccompanied"].to_numpy()
    add("uasc", of_period[alone], start[alone], end[alone])
    episode = care.episode
    breaks = ~looked_after[episode["period"].to_numpy()]
    at = of_period[episode["period"].to_numpy()]
    start, end = episode["start"].to_numpy(), episode["end"].to_numpy()
    add(
        "short_break",
        at[breaks],
        start[breaks],
        end[breaks],
        episode["ls"].filter(pl.Series(breaks)),
        episode["place"].filter(pl.Series(breaks)),
    )
    full = ~breaks
    add(
        "episode",
        at[full],
        start[full],
        end[full],
        episode["place"].filter(pl.Series(full)),
        episode["ls"].filter(pl.Series(full)),
        episode["rec"].filter(pl.Series(full)),
    )
    for kind, columns in (("placement", ["place", "pl_post", "urn", "place_provider"]), ("legal_status", ["ls"])):
        joined = _runs(episode.filter(pl.Series(full)), columns)
        add(kind, of_period[joined["period"].to_numpy()], joined["start"].to_numpy(), joined["end"].to_numpy(), joined[columns[0]])
    away = care.missing
    add("missing", of_period[away["period"].to_numpy()], away["start"].to_numpy(), away["end"].to_numpy(), away["kind"])
    return (
        pl.concat(found)
        .filter(pl.col("start") <= last)
        .with_columns(pl.lit(story.la_code).alias("la_code"))
        .select("person_id", "la_code", "child_number", "kind", "start_date", "end_date", "code", "detail", "reason")
        .sort("child_number", "kind", "start_date", "end_date", maintain_order=True)
    )


_SPELL = {
    "person_id": pl.String,
    "child_number": pl.String,
    "kind": pl.String,
    "start": pl.Int64,
    "start_date": pl.Date,
    "end_date": pl.Date,
    "code": pl.String,
    "detail": pl.String,
    "reason": pl.String,
}


def _three(table: pl.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return table["referral"].to_numpy(), table["start"].to_numpy(), table["end"].to_numpy()


def _runs(episode: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Neighbouring episodes of a period with the same values, as one spell."""
    return (
        episode.sort("period", "start")
        .with_columns(pl.struct("period", *columns).rle_id().alias("run"))
        .group_by("run", maintain_order=True)
        .agg(pl.col("period", "start", *columns).first(), pl.col("end").last())
    )
