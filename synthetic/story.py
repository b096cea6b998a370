"""The whole story of one authority: lives, what happened in need and in care. Every return reads this and nothing else."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from synthetic import care, identity, need
from synthetic.chance import Chance
from synthetic.days import NEVER, Days, period
from synthetic.lives import ADOPTED, Lives, simulate


@dataclass(frozen=True)
class Story:
    """One authority between two collection years.

    `children`: one row per child number of the authority (person, identity, child_number, upn, former_upn), in order of
    child number; `child_of` gives its row for each referral.
    """

    chance: Chance
    lives: Lives
    need: need.Need
    care: care.Care
    children: pl.DataFrame

    @property
    def la_code(self) -> str:
        return self.lives.la_code


def tell(chance: Chance, place: int, first_year: int, last_year: int, scale: float) -> Story:
    """Everything that happened in one authority (place in facts.la_codes()), as far as its returns can see it."""
    lives = simulate(chance, place, first_year, last_year, scale)
    return Story(
        chance,
        lives,
        need.tell(chance, lives),
        care.tell(chance, lives, period(first_year)[0]),
        _children(chance, lives),
    )


def _children(chance: Chance, lives: Lives) -> pl.DataFrame:
    """person, identity, child_number, upn, former_upn (null where none), first_referral, adopted (NEVER where not)."""
    r, here = lives.referrals, lives.here
    adopted = np.where(r.care_kind == ADOPTED, r.care_end, np.where(r.care2_kind == ADOPTED, r.care2_end, NEVER))
    known = (
        pl.DataFrame(
            {"person": r.person[here], "identity": r.identity[here], "first_referral": r.start[here], "adopted": adopted[here]}
        )
        .group_by("person", "identity")
        .agg(pl.col("first_referral").min(), pl.col("adopted").min())
    )
    who = lives.people.take(known["person"].to_numpy())
    generation = known["identity"].to_numpy()
    return known.with_columns(
        pl.Series("child_number", identity.child_number(who, generation, lives.place)),
        pl.Series("upn", identity.upn(who, generation)),
        pl.when(pl.Series(identity.had_former_upn(chance, who)))
        .then(pl.Series(identity.upn(who, generation, former=True)))
        .alias("former_upn"),
    ).sort("child_number")


def dates(days: Days, reference: int | None = None) -> pl.Series:
    """Days as dates; null where never, or not yet by the reference day."""
    last = NEVER - 1 if reference is None else reference
    return pl.Series(np.where(days <= last, days, 0), dtype=pl.Int32).cast(pl.Date).set(pl.Series(days > last), None)
