"""Errors planted into what is sent, each at a rate of its own (synthetic/facts/errors.csv); truth/ stays clean.

None of them makes a file that a loader must refuse: the records are wrong, their form is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from loaders.errors import WrongUse
from loaders.facts import rows
from synthetic.chance import Chance, Keys, branch, mix
from synthetic.facts import FACTS
from synthetic.identity import check_letter

Tables = dict[str, pl.DataFrame]
Rates = Mapping[tuple[str, str], float]

CHILD_TABLE = {"cin_census": "child", "ssda903": "header"}
CHILD_COLUMN = {"cin_census": "child_number", "ssda903": "CHILD"}
DATE_FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "cin_census": {
        "cin_details": ("cin_closure_date",),
        "assessment": ("assessment_actual_start_date",),
        "section47": ("initial_cpc_target",),
        "child_protection_plan": ("cpp_end_date",),
    },
    "ssda903": {"episodes": ("DECOM", "DEC"), "reviews": ("REVIEW",), "missing": ("MIS_START", "MIS_END")},
}
CODE_FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "cin_census": {
        "cin_details": ("referral_source", "primary_need_code"),
        "assessment_factor": ("assessment_factor",),
        "child_disability": ("disability",),
        "child": ("ethnicity",),
    },
    "ssda903": {
        "episodes": ("LS", "PLACE", "RNE", "CIN"),
        "oc3": ("ACTIV", "ACCOM"),
        "header": ("ETHNIC",),
        "reviews": ("REVIEW_CODE",),
    },
}
WRONG_CODES = ("Q9", "X", "99", "Z8", "N/A", "TBC")
IMPOSSIBLE_DATES = {
    "cin_census": ("2024-02-30", "2023-13-01", "0000-00-00", "1900-01-00"),
    "ssda903": ("31/02/2024", "00/00/0000", "30/02/2023", "1900-01-00"),
}
PRIMARY_NEEDS = ("N1", "N3", "N4", "N5", "N6")
OTHER_PLACES = ("U6", "K2", "U4")
OTHER_STATUS = {"C1": "C2", "C2": "C1", "V2": "C1", "E1": "C2"}


@dataclass
class Planted:
    """What was planted: rows of truth/planted_error."""

    rows: list[tuple[str, str, str, str, str]] = field(default_factory=list)

    def note(self, kind: str, return_name: str, table: str, children: pl.Series | list[str], detail: str = "") -> None:
        self.rows.extend((kind, return_name, table, str(child), detail) for child in children)


def rates(multiplier: float = 1.0, settings: Mapping[str, float] | None = None) -> dict[tuple[str, str], float]:
    """(error, return) -> rate. `settings` gives single errors a rate of their own (in every return that has them)."""
    wanted = dict(settings or {})
    known = {(row["name"], row["return_name"]): float(row["rate"]) * multiplier for row in rows(FACTS / "errors.csv")}
    if unknown := set(wanted) - {name for name, _ in known}:
        names = ", ".join(sorted({name for name, _ in known}))
        raise WrongUse(f"--error {sorted(unknown)[0]}: no such error. Known: {names}.")
    return {(name, of): min(wanted.get(name, rate), 1.0) for (name, of), rate in known.items()}


def is_missing(chance: Chance, found: Rates, return_name: str, place: int, year: int) -> bool:
    """Whether the authority sends nothing for the year."""
    key = np.array([place * 10_000 + year], dtype=np.uint64)
    return bool(chance.happens(key, f"missing_file|{return_name}", found.get(("missing_file", return_name), 0.0))[0])


def plant(
    chance: Chance, found: Rates, return_name: str, place: int, year: int, sent: Tables, before: Tables | None
) -> tuple[Tables, Planted]:
    """The tables with errors in them, and what was planted. `before` is last year's return without errors, as sent."""
    planter = _Planter(chance, found, return_name, place, year)
    tables = dict(sent)
    if return_name == "cin_census":
        planter.cin_episodes(tables, before)
        planter.siblings(tables)
    if return_name == "ssda903":
        planter.looked_after_episodes(tables)
    planter.pupil_numbers(tables)
    planter.ethnicity(tables)
    planter.cells(tables, "wrong_code", CODE_FIELDS[return_name], WRONG_CODES)
    planter.cells(tables, "impossible_date", DATE_FIELDS[return_name], IMPOSSIBLE_DATES[return_name])
    if return_name == "ssda903":
        planter.duplicates(tables)
    return tables, planter.planted


class _Planter:
    def __init__(self, chance: Chance, found: Rates, return_name: str, place: int, year: int) -> None:
        self.chance, self.found, self.return_name, self.place, self.year = chance, found, return_name, place, year
        self.planted = Planted()
        self.child = CHILD_COLUMN[return_name]

    def rate(self, kind: str) -> float:
        return self.found.get((kind, self.return_name), 0.0)

    def child_keys(self, table: pl.DataFrame) -> Keys:
        """Keys of the children in an authority, the same in both returns and every year."""
        numbers = table[self.child].str.slice(3).cast(pl.UInt64).to_numpy()
        return branch(mix(numbers), self.place)

    def row_keys(self, table: pl.DataFrame, name: str) -> Keys:
        base = mix(np.array([self.place * 10_000 + self.year], dtype=np.uint64))[0] ^ np.uint64(sum(map(ord, name)))
        return mix(np.arange(table.height, dtype=np.uint64) + base)

    def hits(self, kind: str, keys: Keys) -> npt.NDArray[np.bool_]:
        return self.chance.happens(keys, f"{kind}|{self.return_name}", self.rate(kind))

    def note(self, kind: str, table: str, children: pl.Series | list[str], detail: str = "") -> None:
        self.planted.note(kind, self.return_name, table, children, detail)

    # -- children ---------------------------------------------------------------------------------------------

    def pupil_numbers(self, tables: Tables) -> None:
        name = CHILD_TABLE[self.return_name]
        table, column = tables[name], "upn" if self.return_name == "cin_census" else "UPN"
        keys = self.child_keys(table)
        value = table[column]
        real = (value.str.len_chars() == 13).fill_null(value=False).to_numpy()
        temporary = real & self.hits("temporary_upn", keys)
        wrong = real & ~temporary & self.hits("wrong_upn", keys)
        missing = ~temporary & ~wrong & self.hits("missing_upn", branch(keys, self.year))
        if self.return_name == "cin_census":
            missing &= table["person_birth_date"].is_not_null().to_numpy()
        texts = value.to_list()
        letters = np.array(list("ABCDEFGHJKLMNPQRTUVWXYZ"))[self.chance.between(keys, "temporary letter", 0, 22)]
        for row in np.flatnonzero(temporary):
            body = texts[row][1:12] + str(letters[row])
            texts[row] = check_letter(body) + body
        for row in np.flatnonzero(wrong):
            texts[row] = ("B" if texts[row][0] != "B" else "C") + texts[row][1:]
        for row in np.flatnonzero(missing):
            texts[row] = None
        table = table.with_columns(pl.Series(column, texts, dtype=pl.String))
        if "upn_unknown" in table.columns:
            table = table.with_columns(pl.when(pl.Series(missing)).then(None).otherwise(pl.col("upn_unknown")).alias("upn_unknown"))
        tables[name] = table
        for kind, hit in (("temporary_upn", temporary), ("wrong_upn", wrong), ("missing_upn", missing)):
            self.note(kind, name, table[self.child].filter(pl.Series(hit)))

    def ethnicity(self, tables: Tables) -> None:
        name = CHILD_TABLE[self.return_name]
        table, column = tables[name], "ethnicity" if self.return_name == "cin_census" else "ETHNIC"
        keys = self.child_keys(table)
        hit = self.hits("unknown_ethnicity", keys)
        unknown = np.where(self.chance.happens(keys, "ethnicity refused", 0.3), "REFU", "NOBT")
        tables[name] = table.with_columns(pl.when(pl.Series(hit)).then(pl.Series(unknown)).otherwise(pl.col(column)).alias(column))
        self.note("unknown_ethnicity", name, table[self.child].filter(pl.Series(hit)))

    def siblings(self, tables: Tables) -> None:
        """A twin: the same record under another number, born on the day or the day after."""
        child = tables["child"]
        keys = self.child_keys(child)
        hit = pl.Series(self.hits("near_identical_sibling", keys)) & child["person_birth_date"].is_not_null()
        if not hit.any():
            return
        chosen = child.filter(hit)
        shift = child["child_seq"].max()
        assert isinstance(shift, int)
        seq = dict(zip(chosen["child_seq"], range(shift + 1, shift + 1 + chosen.height), strict=True))
        number = pl.concat_str(pl.lit("SYN9"), pl.col("child_number").str.slice(3)).alias("child_number")
        moved = pl.col("child_seq").replace_strict(seq, default=None, return_dtype=pl.Int64)
        day_after = pl.col("person_birth_date").str.to_date("%Y-%m-%d").dt.offset_by("1d").dt.strftime("%Y-%m-%d")
        later = pl.Series(self.chance.happens(keys, "born the day after", 0.4)).filter(hit)
        twin = chosen.with_columns(
            number,
            moved,
            pl.when(later).then(day_after).otherwise(pl.col("person_birth_date")).alias("person_birth_date"),
            pl.lit(None, dtype=pl.String).alias("upn"),
            pl.lit(None, dtype=pl.String).alias("former_upn"),
            pl.lit("UN5").alias("upn_unknown"),
        ).with_columns(pl.col("child_number").alias("la_child_id"))
        tables["child"] = pl.concat([child, twin])
        for name in ("child_disability", "cin_details", "assessment", "assessment_factor"):
            rows_of = tables[name].join(chosen.select("child_seq"), on="child_seq", how="semi", maintain_order="left")
            tables[name] = pl.concat([tables[name], rows_of.with_columns(number, moved)])
        self.note("near_identical_sibling", "child", twin["child_number"])

    # -- episodes of the census -------------------------------------------------------------------------------

    def cin_episodes(self, tables: Tables, before: Tables | None) -> None:
        details = tables["cin_details"]
        first_day = f"{self.year - 1}-04-01"
        carried = (details["cin_referral_date"] < first_day).to_numpy()
        keys = branch(self.child_keys(details), self.year)
        vanished = carried & self.hits("vanished_episode", keys)
        changed = carried & ~vanished & self.hits("changed_episode", keys)
        need = np.array(PRIMARY_NEEDS)[self.chance.between(keys, "changed need", 0, len(PRIMARY_NEEDS) - 1)]
        day = pl.col("cin_referral_date").str.to_date("%Y-%m-%d").dt.offset_by("-2d").dt.strftime("%Y-%m-%d")
        redated = pl.Series(changed & self.chance.happens(keys, "changed date", 0.3))
        self.note(
            "changed_episode",
            "cin_details",
            details["child_number"].filter(pl.Series(changed)),
            "primary_need_code or cin_referral_date",
        )
        details = details.with_columns(
            pl.when(redated).then(day).otherwise(pl.col("cin_referral_date")).alias("cin_referral_date"),
            pl.when(pl.Series(changed) & ~redated)
            .then(pl.Series(need))
            .otherwise(pl.col("primary_need_code"))
            .alias("primary_need_code"),
        )
        # a child all of whose referrals vanish is not in the file at all
        gone = details.filter(pl.Series(vanished)).select("child_seq", "cin_details_seq")
        self.note("vanished_episode", "cin_details", details["child_number"].filter(pl.Series(vanished)))
        tables["cin_details"] = details
        if gone.height:
            for name in [table for table in tables if "cin_details_seq" in tables[table].columns]:
                tables[name] = tables[name].join(gone, on=["child_seq", "cin_details_seq"], how="anti", maintain_order="left")
            left = tables["cin_details"].select("child_seq").unique()
            for name in ("child", "child_disability"):
                tables[name] = tables[name].join(left, on="child_seq", how="semi", maintain_order="left")
        if before is not None:
            self._closed_again(tables, before)

    def _closed_again(self, tables: Tables, before: Tables) -> None:
        """Referrals that closed last year come once more, with a closure date a few days off."""
        old = before["cin_details"].filter(pl.col("cin_closure_date").is_not_null())
        keys = branch(self.child_keys(old), self.year)
        again = old.filter(pl.Series(self.hits("late_correction", keys)))
        if not again.height:
            return
        child = tables["child"]
        present = child.select("child_number", pl.col("child_seq").alias("now"))
        again = again.unique("child_number", maintain_order=True).join(
            present, on="child_number", how="left", maintain_order="left"
        )
        absent = again.filter(pl.col("now").is_null()).select("child_number")
        added = before["child"].join(absent, on="child_number", how="semi", maintain_order="left")
        rename = {"gender_current": "sex"} if "sex" in child.columns and "gender_current" in added.columns else {}
        if rename:
            letters = {"1": "M", "2": "F", "0": "U"}
            added = added.rename(rename).with_columns(pl.col("sex").replace(letters))
        shift = child["child_seq"].max()
        assert isinstance(shift, int)
        added = added.with_columns((pl.int_range(pl.len()) + shift + 1).alias("child_seq")).select(child.columns)
        tables["child"] = pl.concat([child, added])
        now = dict(zip(tables["child"]["child_number"], tables["child"]["child_seq"], strict=True))
        counts = tables["cin_details"].group_by("child_number").agg(pl.col("cin_details_seq").max().alias("upto"))
        closure = pl.col("cin_closure_date").str.to_date("%Y-%m-%d")
        # never before the referral: a correction is wrong about the day, not absurd
        earlier = pl.max_horizontal(closure.dt.offset_by("-4d"), pl.col("cin_referral_date").str.to_date("%Y-%m-%d"))
        rows_again = (
            again.join(counts, on="child_number", how="left", maintain_order="left")
            .with_columns(
                pl.col("child_number").replace_strict(now, return_dtype=pl.Int64).alias("child_seq"),
                (pl.col("upto").fill_null(0) + 1).alias("cin_details_seq"),
                earlier.dt.strftime("%Y-%m-%d").alias("cin_closure_date"),
            )
            .select(tables["cin_details"].columns)
        )
        tables["cin_details"] = pl.concat([tables["cin_details"], rows_again])
        self.note("late_correction", "cin_details", rows_again["child_number"], "cin_closure_date")

    # -- episodes of looked after children --------------------------------------------------------------------

    def looked_after_episodes(self, tables: Tables) -> None:
        episodes = tables["episodes"]
        carried = self._carried(episodes)
        keys = branch(self.child_keys(episodes), self.year)
        vanished = carried & self.hits("vanished_episode", keys)
        gone = episodes.filter(pl.Series(vanished)).select("CHILD").unique(maintain_order=True)
        if gone.height:
            leavers = tables["oc3"].select("CHILD")
            for name, table in tables.items():
                absent = gone.join(leavers, on="CHILD", how="anti") if name == "header" else gone
                if name != "oc3":
                    tables[name] = table.join(absent, on="CHILD", how="anti", maintain_order="left")
            self.note("vanished_episode", "episodes", gone["CHILD"])
            episodes = tables["episodes"]
        self._changed(tables, episodes)
        self._same_day(tables)

    def _carried(self, episodes: pl.DataFrame) -> npt.NDArray[np.bool_]:
        """Episodes that began before the year."""
        return (episodes["DECOM"].str.to_date("%d/%m/%Y") < date(self.year - 1, 4, 1)).to_numpy()

    def _changed(self, tables: Tables, episodes: pl.DataFrame) -> None:
        carried = self._carried(episodes)
        keys = branch(self.child_keys(episodes), self.year + 7)
        hit = carried & self.hits("changed_episode", keys)
        what = self.chance.pick(keys, "changed what", (40, 25, 20, 15))
        moved = pl.col("DECOM").str.to_date("%d/%m/%Y").dt.offset_by("2d").dt.strftime("%d/%m/%Y")
        place = np.array(OTHER_PLACES)[self.chance.between(keys, "changed place", 0, 2)]

        def when(number: int) -> pl.Series:
            return pl.Series(hit & (what == number))

        tables["episodes"] = episodes.with_columns(
            # an episode of a day or two cannot start later
            pl.when(when(0) & pl.col("DEC").is_null()).then(moved).otherwise(pl.col("DECOM")).alias("DECOM"),
            pl.when(when(1)).then(pl.Series(place)).otherwise(pl.col("PLACE")).alias("PLACE"),
            pl.when(when(2)).then(pl.lit("N5")).otherwise(pl.col("CIN")).alias("CIN"),
            pl.when(when(3)).then(pl.col("LS").replace(OTHER_STATUS)).otherwise(pl.col("LS")).alias("LS"),
        )
        fields = ("DECOM", "PLACE", "CIN", "LS")
        differs = [(tables["episodes"][name] != episodes[name]).fill_null(value=False) for name in fields]
        for name, changed in zip(fields, differs, strict=True):
            self.note("changed_episode", "episodes", episodes["CHILD"].filter(changed), name)

    def _same_day(self, tables: Tables) -> None:
        episodes = tables["episodes"].with_row_index("at")
        hit = pl.Series(self.hits("same_day_episode", self.row_keys(episodes, "same day")))
        extra = episodes.filter(hit).with_columns(
            pl.col("DECOM").alias("DEC"),
            pl.lit("X1").alias("REC"),
            pl.lit(None, dtype=pl.String).alias("REASON_PLACE_CHANGE"),
            pl.lit("K2").alias("PLACE"),
        )
        whole = pl.concat([extra.with_columns(pl.lit(0).alias("part")), episodes.with_columns(pl.lit(1).alias("part"))])
        tables["episodes"] = whole.sort("at", "part").drop("at", "part")
        self.note("same_day_episode", "episodes", extra["CHILD"], "DECOM = DEC")

    # -- cells and rows ---------------------------------------------------------------------------------------

    def cells(self, tables: Tables, kind: str, fields: Mapping[str, tuple[str, ...]], wrong: tuple[str, ...]) -> None:
        for name, columns in fields.items():
            if name not in tables:
                continue
            for column in columns:
                table = tables[name]
                keys = self.row_keys(table, name + column)
                hit = pl.Series(self.hits(kind, keys)) & table[column].is_not_null()
                value = np.array(wrong)[self.chance.between(keys, kind + "|value", 0, len(wrong) - 1)]
                tables[name] = table.with_columns(pl.when(hit).then(pl.Series(value)).otherwise(pl.col(column)).alias(column))
                self.note(kind, name, table[self.child].filter(hit), column)

    def duplicates(self, tables: Tables) -> None:
        for name, table in tables.items():
            hit = pl.Series(self.hits("duplicate_row", self.row_keys(table, "duplicate " + name)))
            if not hit.any():
                continue
            twice = table.with_row_index("at")
            tables[name] = pl.concat([twice, twice.filter(hit)]).sort("at", maintain_order=True).drop("at")
            self.note("duplicate_row", name, table[self.child].filter(hit))
