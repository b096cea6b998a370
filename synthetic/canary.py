"""Canaries: invented identifiers that no one could mistake, planted where they belong and where they do not.

A test searches everything a full run leaves behind for them; only returns/ and truth/ may hold them. What is planted is
listed in truth/canary.parquet (kind, value), and truth/file.parquet tells the rows of the files as they then are.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from loaders.mark import CHILD_NUMBER_PREFIX
from synthetic import facts
from synthetic.identity import check_letter
from synthetic.london import Plan

# names nobody bears, long enough that no other text holds them by chance
SURNAMES = (
    "Quillfeather",
    "Brackenthwaite",
    "Ostrowmarsh",
    "Wintergallow",
    "Thistlequay",
    "Pomfreynock",
    "Larkenshaw",
    "Undermallow",
)
FORENAMES = ("Zephyrine", "Barnabus", "Ottoline", "Peregryn", "Marigoldine", "Lysandrell", "Thaddeo", "Calliopea")
# earlier than anything else that happens in the invented London, so that no other date can be mistaken for one of them
BIRTH_DATES = ("1996-05-27", "1997-11-23", "1998-02-13", "1995-08-19")
POSTCODES = ("N1 7QX", "SW9 8QX", "E8 3QX", "NW6 5QX")
UPN_BODIES = ("201997700001", "201997700002", "201997700003", "201997700004")
RETURNS = ("cin_census", "ssda903")
# who gets some of them
N_AUTHORITIES = len(UPN_BODIES)
UPNS = tuple(check_letter(body) + body for body in UPN_BODIES)
CHILD_NUMBERS = tuple(f"{CHILD_NUMBER_PREFIX}QUAIL{number}" for number in ("7731", "7732", "7733", "7734"))


@dataclass
class Planted:
    """The list that becomes truth/canary.parquet."""

    rows: list[tuple[str, str]] = field(default_factory=list)

    def note(self, kind: str, value: str) -> str:
        self.rows.append((kind, value))
        return value


def plant(plan: Plan) -> None:
    """Put canaries into some files of every return of the plan, and write truth/canary.parquet."""
    planted = Planted()
    written = pl.read_parquet(plan.truth / "file.parquet")
    for number, folder in enumerate(_folders(plan, "cin_census")):
        written = _into_census(folder, number, planted, written, plan)
    for number, folder in enumerate(_folders(plan, "ssda903")):
        written = _into_looked_after(folder, number, planted, written, plan)
    written.write_parquet(plan.truth / "file.parquet")
    pl.DataFrame(planted.rows, schema=["kind", "value"], orient="row").unique().sort("kind", "value").write_parquet(
        plan.truth / "canary.parquet"
    )


def _folders(plan: Plan, return_name: str) -> list[Path]:
    """The last year's folders of four authorities that sent every return: each has the same children in all of them."""

    def of(la_code: str, name: str) -> Path:
        return plan.returns / name / facts.la_folders()[la_code] / str(plan.last_year)

    found = [la_code for la_code in facts.la_codes()[1:] if all(of(la_code, name).exists() for name in RETURNS)]
    return [of(la_code, return_name) for la_code in found[:N_AUTHORITIES]]


def _added(written: pl.DataFrame, plan: Plan, path: Path, rows: dict[str, int], renamed: Path | None = None) -> pl.DataFrame:
    """The table of files after some rows were added to one of them, or it was given another name."""
    place = path.relative_to(plan.returns).as_posix()
    here = pl.col("path") == place
    more = pl.col("table_name").replace_strict(rows, default=0, return_dtype=pl.Int64)
    name = place if renamed is None else renamed.relative_to(plan.returns).as_posix()
    return written.with_columns(
        pl.when(here).then(pl.col("n_rows") + more).otherwise(pl.col("n_rows")).alias("n_rows"),
        pl.when(here).then(pl.lit(name)).otherwise(pl.col("path")).alias("path"),
    )


# -- the census -------------------------------------------------------------------------------------------------


def _into_census(folder: Path, number: int, planted: Planted, written: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """One more child with canaries in every place of its record, then a name in the file's name."""
    note = planted.note
    path = next(folder.glob("*.xml"))
    text = path.read_text(encoding="utf-8")
    year = plan.last_year
    surname, forename = SURNAMES[number], FORENAMES[number]
    sex = "<Sex>F</Sex>" if year >= 2025 else "<GenderCurrent>2</GenderCurrent>"
    child = "\n".join(
        (
            f'<Child Alias="{note("attribute", surname + "attr")}">',
            f"<!-- {note('comment', forename + ' ' + surname)} -->",
            f"<ChildIdentifiers><LAchildID>{note('child number', CHILD_NUMBERS[number])}</LAchildID>",
            f"<UPN>{note('pupil number', UPNS[number])}</UPN>",
            f"<PersonBirthDate>{note('birth date', BIRTH_DATES[number])}</PersonBirthDate>",
            f"{sex}<Surname>{note('unknown element', surname + 'elem')}</Surname></ChildIdentifiers>",
            f"<ChildCharacteristics><Ethnicity>{note('name in a code', surname)}</Ethnicity>",
            f"<Disabilities><Disability>{note('name in a code', forename)}</Disability></Disabilities></ChildCharacteristics>",
            f"<CINdetails><CINreferralDate>{year - 1}-10-07</CINreferralDate>",
            f"<ReferralSource>{note('pupil number in a code', UPNS[(number + 1) % 4])}</ReferralSource>",
            f"<PrimaryNeedCode>{note('postcode in a code', POSTCODES[number])}</PrimaryNeedCode>",
            f"<CINclosureDate>{note('name in a date', surname.upper())}</CINclosureDate>",
            "<Assessments>",
            f"<AssessmentActualStartDate>{year - 1}-10-08</AssessmentActualStartDate>",
            f"<AssessmentAuthorisationDate>{year - 1}-11-08</AssessmentAuthorisationDate>",
            "<FactorsIdentifiedAtAssessment>",
            f"<AssessmentFactors>{note('name in a code', forename.upper())}</AssessmentFactors>",
            "</FactorsIdentifiedAtAssessment>",
            f"<WorkerNote>{note('unknown element', forename + ' lives with ' + surname)}</WorkerNote>",
            f"</Assessments><ReferralNFA>{note('name in a yes or no', surname.lower())}</ReferralNFA></CINdetails>",
            "</Child>",
            "",
        )
    )
    text = text.replace("</Children>\n", child + "</Children>\n")
    path.write_text(text, encoding="utf-8", newline="\n")
    rows = {"child": 1, "child_disability": 1, "cin_details": 1, "assessment": 1, "assessment_factor": 1}
    note("file name", surname + "file")
    renamed = path.with_name(f"cin_census_{year}_{surname}file.xml")
    path.rename(renamed)
    return _added(written, plan, path, rows, renamed)


# -- looked after children --------------------------------------------------------------------------------------


def _into_looked_after(folder: Path, number: int, planted: Planted, written: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """One more child in header, episodes and oc2, a column of names, a folder with a name, and a copy that is damaged."""
    note = planted.note
    surname, forename = SURNAMES[4 + number], FORENAMES[4 + number]
    child, day = CHILD_NUMBERS[number], "/".join(reversed(BIRTH_DATES[number].split("-")))
    note("child number", child)
    note("birth date", day)
    year = plan.last_year
    values: dict[str, dict[str, str]] = {
        "header": {
            "SEX": "F" if year >= 2025 else "2",
            "DOB": day,
            "ETHNIC": note("name in a code", surname),
            "UPN": note("pupil number", UPNS[number]),
            "MOTHER": note("name in a yes or no", forename.lower()),
        },
        "episodes": {
            "DECOM": f"07/10/{year - 1}",
            "RNE": note("name in a code", forename.upper()),
            "LS": note("pupil number in a code", UPNS[(number + 2) % 4]),
            "CIN": "N1",
            "PLACE": "U6",
            "PLACE_PROVIDER": note("name in a code", surname.upper()),
            "HOME_POST": note("postcode", POSTCODES[number]),
            "PL_POST": note("postcode", POSTCODES[(number + 1) % 4]),
            "URN": note("postcode in a number", POSTCODES[(number + 2) % 4].replace(" ", "")),
        },
        "oc2": {
            "DOB": day,
            "SDQ_SCORE": note("child number in a score", child),
            "SUBSTANCE_MISUSE": note("name in a yes or no", surname.lower()),
        },
    }
    for table, cells in values.items():
        path = next(folder.glob(f"*_{table}.csv"))
        frame = _read(path)
        row = pl.DataFrame(
            {column: [child if column == "CHILD" else cells.get(column)] for column in frame.columns}, schema=frame.schema
        )
        frame = pl.concat([frame, row])
        if table == "header":
            # a column that the return does not have, full of names
            names = [note("unknown column", f"{FORENAMES[i % 8]} {surname}") for i in range(min(frame.height, 8))]
            frame = frame.with_columns(pl.Series("FULL_NAME", (names * (frame.height // len(names) + 1))[: frame.height]))
        frame.write_csv(path, line_terminator="\n")
        written = _added(written, plan, path, {table: 1})
    written = _named_folder(folder, surname, planted, written, plan)
    _damaged_copy(folder, surname, forename, planted)
    return written


def _read(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False)


def _named_folder(folder: Path, surname: str, planted: Planted, written: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """The reviews file moves into a folder that bears a name."""
    path = next(folder.glob("*_reviews.csv"))
    inner = folder / planted.note("file name", surname + "folder")
    inner.mkdir()
    moved = inner / path.name
    path.rename(moved)
    return _added(written, plan, path, {}, moved)


def _damaged_copy(folder: Path, surname: str, forename: str, planted: Planted) -> None:
    """A copy of the missing file with ragged rows: it is refused, and the file itself stays as it is."""
    path = next(folder.glob("*_missing.csv"))
    inner = folder / planted.note("file name", forename + "copy")
    inner.mkdir()
    copy = inner / path.name
    shutil.copyfile(path, copy)
    cells = [planted.note("ragged row", name + "ragged") for name in (surname, forename)]
    with copy.open("a", encoding="utf-8", newline="") as file:
        file.write(f"SYNQUAIL9999,01/01/2010,M,{cells[0]},01/02/2024,{cells[1]},extra\n")
        file.write(f"{planted.note('ragged row', surname + 'short')}\n")
