"""The children in need census: one XML file per authority and year, every referral that was open in the year.

What a year's return holds follows the national checks (specs of the return): referrals open on any day of the year,
those without further action in the year they were made; assessments, enquiries and plans that were open in the year;
reviews held in it; and nothing dated after its reference date.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from loaders.mark import SOFTWARE_CODE
from synthetic import facts, identity
from synthetic.chance import branch
from synthetic.days import NEVER, day, period
from synthetic.lives import NO_FURTHER_ACTION, UNACCOMPANIED, ethnicity_codes
from synthetic.story import Story, dates

NAME = "cin_census"
FIRST_YEAR_OF_SEX, FIRST_YEAR_OF_CIN_PLANS, FIRST_YEAR_OF_PRE_PROCEEDINGS = 2025, 2022, 2027
FIRST_DAY_OF_EARLY_HELP_SOURCE = day(2022, 4, 1)

# element names of each table's fields, in the order of the schema
ELEMENTS: dict[str, dict[str, str]] = {
    "child": {
        "la_child_id": "LAchildID",
        "upn": "UPN",
        "former_upn": "FormerUPN",
        "upn_unknown": "UPNunknown",
        "person_birth_date": "PersonBirthDate",
        "expected_person_birth_date": "ExpectedPersonBirthDate",
        "gender_current": "GenderCurrent",
        "sex": "Sex",
        "person_death_date": "PersonDeathDate",
    },
    "cin_details": {
        "cin_referral_date": "CINreferralDate",
        "referral_source": "ReferralSource",
        "primary_need_code": "PrimaryNeedCode",
        "cin_closure_date": "CINclosureDate",
        "reason_for_closure": "ReasonForClosure",
        "date_of_initial_cpc": "DateOfInitialCPC",
    },
    "assessment": {
        "assessment_actual_start_date": "AssessmentActualStartDate",
        "assessment_internal_review_date": "AssessmentInternalReviewDate",
        "assessment_authorisation_date": "AssessmentAuthorisationDate",
    },
    "cin_plan_dates": {"cin_plan_start_date": "CINPlanStartDate", "cin_plan_end_date": "CINPlanEndDate"},
    "section47": {
        "s47_actual_start_date": "S47ActualStartDate",
        "initial_cpc_target": "InitialCPCtarget",
        "date_of_initial_cpc": "DateOfInitialCPC",
        "icpc_not_required": "ICPCnotRequired",
    },
    "child_protection_plan": {
        "cpp_start_date": "CPPstartDate",
        "cpp_end_date": "CPPendDate",
        "initial_category_of_abuse": "InitialCategoryOfAbuse",
        "latest_category_of_abuse": "LatestCategoryOfAbuse",
        "number_of_previous_cpp": "NumberOfPreviousCPP",
    },
    "pre_proceedings": {
        "pp_start_date": "PPStartDate",
        "lbp_sent_date": "LBPSentDate",
        "fgdm_meeting_offer": "FGDMMeetingOffer",
        "fgdm_meeting_fac": "FGDMMeetingFac",
        "initial_pp_meeting_date": "InitialPPMeetingDate",
        "review_meetings_count": "ReviewMeetingsCount",
        "step_decision_date": "StepDecisionDate",
        "pp_outcome": "PPOutcome",
        "court_app_date": "CourtAppDate",
        "letter_init_cp_date": "LetterInitCPDate",
    },
}

PLACE_IN_CHILD = ("child_number", "child_seq", "cin_details_seq")


def view(story: Story, year: int) -> dict[str, pl.DataFrame]:
    """The records of one year's return.

    Each table has `child_number`, the sequence numbers of what it hangs under and its own (as the raw tables count
    them: child_seq, cin_details_seq, assessment_seq, …), then the return's fields; dates as dates, codes as text.
    """
    first, last = period(year)
    r = story.lives.referrals
    open_in_year = (r.start <= last) & np.where(r.outcome == NO_FURTHER_ACTION, r.start >= first, r.end >= first)
    at = np.flatnonzero(story.lives.here & open_in_year)
    referral = (
        pl.DataFrame({"referral": at, "person": r.person[at], "identity": r.identity[at], "start": r.start[at]})
        .join(story.children.select("person", "identity", "child_number"), on=["person", "identity"], how="left")
        .sort("child_number", "start")
        .with_columns(
            (pl.col("child_number").rank("dense").cast(pl.Int64)).alias("child_seq"),
            (pl.int_range(pl.len()).over("child_number") + 1).alias("cin_details_seq"),
        )
    )
    key = referral.select("referral", *PLACE_IN_CHILD)
    assessment, factor = _assessments(story, key, first, last)
    plan, review = _plans(story, key, first, last)
    child, disability = _children(story, referral, year)
    tables = {
        "child": child,
        "child_disability": disability,
        "cin_details": _details(story, key, first, last),
        "assessment": assessment,
        "assessment_factor": factor,
        "section47": _section47(story, key, first, last),
        "child_protection_plan": plan,
        "review": review,
    }
    if year >= FIRST_YEAR_OF_CIN_PLANS:
        tables["cin_plan_dates"] = _cin_plans(story, key, first, last)
    if year >= FIRST_YEAR_OF_PRE_PROCEEDINGS:
        tables["pre_proceedings"] = _pre_proceedings(story, key, first, last)
    return tables


def _children(story: Story, referral: pl.DataFrame, year: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    first, last = period(year)
    chance, r = story.chance, story.lives.referrals
    rows = referral.group_by("child_number", "child_seq", "person", "identity").agg(pl.col("referral")).sort("child_seq")
    rows = rows.join(
        story.children.select("child_number", "upn", "former_upn"), on="child_number", how="left", maintain_order="left"
    )
    who = story.lives.people.take(rows["person"].to_numpy())
    unborn = who.birth > last
    only_nfa = np.array([bool((r.outcome[np.array(own)] == NO_FURTHER_ACTION).all()) for own in rows["referral"].to_list()])
    known, reason = identity.pupil_number_known(chance, who, last)
    # a referral without further action leaves no time to find the number
    unsought = only_nfa & chance.happens(branch(who.key, year), "upn unsought", 0.5)
    reason = np.where(unsought, "UN7", reason)
    known &= ~unsought & ~unborn
    deaths = _deaths(story, first, last)
    sex = np.where(unborn, "U", np.where(who.is_male, "M", "F"))
    numeric = np.where(unborn, "0", np.where(who.is_male, "1", "2"))
    ethnicity = np.where(unborn, "NOBT", np.array(ethnicity_codes())[who.ethnicity])
    child = rows.select("child_number", "child_seq").with_columns(
        pl.when(pl.Series(known)).then(rows["upn"]).alias("upn"),
        pl.when(pl.Series(known)).then(rows["former_upn"]).alias("former_upn"),
        pl.when(pl.Series(~known & ~unborn)).then(pl.Series(reason)).alias("upn_unknown"),
        dates(np.where(unborn, NEVER, who.birth)).alias("person_birth_date"),
        dates(np.where(unborn, who.expected_birth, NEVER)).alias("expected_person_birth_date"),
        pl.Series("sex" if year >= FIRST_YEAR_OF_SEX else "gender_current", sex if year >= FIRST_YEAR_OF_SEX else numeric),
        rows["person"].replace_strict(deaths, default=None, return_dtype=pl.Int32).cast(pl.Date).alias("person_death_date"),
        pl.Series("ethnicity", ethnicity),
    )
    names, weights = facts.shares("disability")
    found = []
    born = ~unborn & ~only_nfa
    disabled = born & who.is_disabled
    some = np.zeros(len(who), dtype=bool)
    for order, (code, weight) in enumerate(zip(names, weights, strict=True)):
        has = disabled & chance.happens(who.key, f"disability {code}", weight / 100)
        some |= has
        found.append((np.flatnonzero(has), code, order))
    found.append((np.flatnonzero(disabled & ~some), "AUT", 0))
    found.append((np.flatnonzero(born & ~disabled), "NONE", 0))
    coded = pl.concat(
        [
            pl.DataFrame(
                {"row": rows_of, "disability": [code] * len(rows_of), "order": [order] * len(rows_of)},
                schema={"row": pl.Int64, "disability": pl.String, "order": pl.Int64},
            )
            for rows_of, code, order in found
        ]
    ).sort("row", "order")
    disability = child.select("child_number", "child_seq")[coded["row"]].with_columns(coded["disability"])
    return child, disability


def _deaths(story: Story, first: int, last: int) -> dict[int, int]:
    r = story.lives.referrals
    died = story.lives.here & (r.closure_reason == "RC2") & (r.end >= first) & (r.end <= last)
    return {int(person): int(end) for person, end in zip(r.person[died], r.end[died], strict=True)}


def _details(story: Story, key: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    chance, lives = story.chance, story.lives
    r = lives.referrals.take(key["referral"].to_numpy())
    names, weights = facts.shares("referral_source")
    source = np.array(names)[chance.pick(r.course, "source", weights)]
    source = np.where((source == "5D") & (r.start < FIRST_DAY_OF_EARLY_HELP_SOURCE), "5B", source)
    source = np.where(r.is_transfer_in, "5C", source)
    alone = lives.people.group[r.person] == UNACCOMPANIED
    source = np.where(alone, np.array(["6", "5C", "8", "7"])[chance.pick(r.key, "source of arrival", (45, 25, 20, 10))], source)
    nfa = r.outcome == NO_FURTHER_ACTION
    silent = nfa & chance.happens(r.course, "no need recorded", 0.6)
    closed = (r.end <= last) & ~nfa
    return key.select(PLACE_IN_CHILD).with_columns(
        dates(r.start).alias("cin_referral_date"),
        pl.Series("referral_source", source),
        pl.when(pl.Series(~silent)).then(pl.Series(r.primary_need)).alias("primary_need_code"),
        dates(np.where(closed, r.end, NEVER)).alias("cin_closure_date"),
        pl.when(pl.Series(closed)).then(pl.Series(r.closure_reason)).alias("reason_for_closure"),
        dates(r.transfer_conference, last).alias("date_of_initial_cpc"),
        pl.Series("referral_nfa", np.where(nfa, "1", "0")),
    )


def _numbered(table: pl.DataFrame, key: pl.DataFrame, name: str) -> pl.DataFrame:
    """The rows of this year's referrals in document order, counted within each referral."""
    return (
        key.join(table, on="referral", how="inner", maintain_order="left_right")
        .sort("child_seq", "cin_details_seq", maintain_order=True)
        .with_columns((pl.int_range(pl.len()).over("referral") + 1).alias(name))
    )


def _assessments(story: Story, key: pl.DataFrame, first: int, last: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    known = story.need.assessment.with_row_index("row").filter((pl.col("start") <= last) & (pl.col("end") >= first))
    rows = _numbered(known, key, "assessment_seq")
    start, end = rows["start"].to_numpy(), rows["end"].to_numpy()
    draw = branch(story.lives.referrals.key[rows["referral"].to_numpy()], 3) ^ start.astype(np.uint64)
    reviewed = story.chance.happens(draw, "internal review", 0.35)
    review = start + (np.minimum(end - start, 63) * (0.25 + 0.4 * story.chance.uniform(draw, "internal review day"))).astype(
        np.int64
    )
    assessment = rows.select(*PLACE_IN_CHILD, "assessment_seq").with_columns(
        dates(start).alias("assessment_actual_start_date"),
        dates(np.where(reviewed & (end - start > 10), review, NEVER), last).alias("assessment_internal_review_date"),
        dates(end, last).alias("assessment_authorisation_date"),
    )
    done = rows.filter(pl.col("end") <= last).select(
        *PLACE_IN_CHILD, "assessment_seq", pl.col("row").cast(pl.Int64).alias("assessment")
    )
    factor = done.join(story.need.factor, on="assessment", how="inner", maintain_order="left_right")
    return assessment, factor.select(*PLACE_IN_CHILD, "assessment_seq", pl.col("code").alias("assessment_factor"))


def _section47(story: Story, key: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    known = story.need.section47.filter((pl.col("start") <= last) & (pl.col("end") >= first))
    rows = _numbered(known, key, "section47_seq")
    conference, end = rows["conference"].to_numpy(), rows["end"].to_numpy()
    not_required = (conference >= NEVER) & (end <= last)
    return rows.select(*PLACE_IN_CHILD, "section47_seq").with_columns(
        dates(rows["start"].to_numpy()).alias("s47_actual_start_date"),
        dates(np.where(not_required, NEVER, rows["target"].to_numpy())).alias("initial_cpc_target"),
        dates(conference, last).alias("date_of_initial_cpc"),
        pl.Series("icpc_not_required", np.where(not_required, "1", "0"), dtype=pl.String),
    )


def _plans(story: Story, key: pl.DataFrame, first: int, last: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    known = story.need.plan.with_row_index("plan").filter((pl.col("start") <= last) & (pl.col("end") >= first))
    rows = _numbered(known, key, "cpp_seq")
    end = rows["end"].to_numpy()
    # the latest category is learnt at a review; until the first one it is the initial one
    settled = rows["start"].to_numpy() + 95 <= last
    plan = rows.select(*PLACE_IN_CHILD, "cpp_seq").with_columns(
        dates(rows["start"].to_numpy()).alias("cpp_start_date"),
        dates(end, last).alias("cpp_end_date"),
        rows["first_category"].alias("initial_category_of_abuse"),
        pl.when(pl.Series(settled)).then(rows["last_category"]).otherwise(rows["first_category"]).alias("latest_category_of_abuse"),
        rows["previous"].alias("number_of_previous_cpp"),
    )
    held = story.need.review.filter((pl.col("date") >= first) & (pl.col("date") <= last))
    review = rows.select(*PLACE_IN_CHILD, "cpp_seq", pl.col("plan").cast(pl.Int64)).join(
        held, on="plan", how="inner", maintain_order="left_right"
    )
    return plan, review.select(*PLACE_IN_CHILD, "cpp_seq").with_columns(dates(review["date"].to_numpy()).alias("cpp_review_date"))


def _cin_plans(story: Story, key: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    known = story.need.cin_plan.filter((pl.col("start") <= last) & (pl.col("end") >= first))
    rows = _numbered(known, key, "cin_plan_seq")
    return rows.select(*PLACE_IN_CHILD, "cin_plan_seq").with_columns(
        dates(rows["start"].to_numpy()).alias("cin_plan_start_date"), dates(rows["end"].to_numpy(), last).alias("cin_plan_end_date")
    )


def _pre_proceedings(story: Story, key: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    known = story.need.pre_proceedings.filter((pl.col("start") <= last) & (pl.col("end") >= first))
    rows = _numbered(known, key, "pre_proceedings_seq")
    decided = pl.Series(rows["decision"].to_numpy() <= last)
    met = pl.Series(rows["meeting"].to_numpy() <= last)
    court = rows["court"].to_numpy()
    return rows.select(*PLACE_IN_CHILD, "pre_proceedings_seq").with_columns(
        dates(rows["start"].to_numpy()).alias("pp_start_date"),
        dates(rows["letter"].to_numpy(), last).alias("lbp_sent_date"),
        rows["offer"].cast(pl.String).alias("fgdm_meeting_offer"),
        rows["facilitated"].cast(pl.String).alias("fgdm_meeting_fac"),
        dates(rows["meeting"].to_numpy(), last).alias("initial_pp_meeting_date"),
        pl.when(met).then(rows["reviews"]).alias("review_meetings_count"),
        dates(rows["decision"].to_numpy(), last).alias("step_decision_date"),
        pl.when(decided).then(rows["outcome"]).alias("pp_outcome"),
        dates(court, last).alias("court_app_date"),
        dates(np.where(court < NEVER, court - 3, NEVER), last).alias("letter_init_cp_date"),
    )


def as_sent(tables: Mapping[str, pl.DataFrame], year: int) -> dict[str, pl.DataFrame]:
    """The records as text: dates as yyyy-mm-dd, the child number as la_child_id."""
    sent = {}
    for name, table in tables.items():
        text = table.with_columns(
            pl.col(pl.Date).dt.strftime("%Y-%m-%d"),
            *(
                pl.col(column).cast(pl.String)
                for column in ("number_of_previous_cpp", "review_meetings_count")
                if column in table.columns
            ),
        )
        sent[name] = text.with_columns(pl.col("child_number").alias("la_child_id")) if name == "child" else text
    return sent


def write(folder: Path, la_code: str, year: int, sent: Mapping[str, pl.DataFrame]) -> list[tuple[str, str, int]]:
    """Write `cin_census_<year>.xml` into folder; (file name, raw table, rows) for every table the layout of the year has."""
    name = f"cin_census_{year}.xml"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w", encoding="utf-8", newline="\n") as file:
        file.write(_head(la_code, year))
        file.write(body(sent))
        file.write("</Children>\n</Message>\n")
    return [(name, "header", 1), *((name, table, frame.height) for table, frame in sent.items())]


def _head(la_code: str, year: int) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Message>\n<Header>\n<CollectionDetails>\n<Collection>CIN</Collection>\n'
        f"<Year>{year}</Year>\n<ReferenceDate>{year}-03-31</ReferenceDate>\n</CollectionDetails>\n<Source>\n"
        f"<SourceLevel>L</SourceLevel>\n<LEA>{la_code}</LEA>\n<SoftwareCode>{SOFTWARE_CODE}</SoftwareCode>\n"
        f"<Release>1.0</Release>\n<SerialNo>001</SerialNo>\n<DateTime>{year}-06-15T09:30:00</DateTime>\n"
        "</Source>\n</Header>\n<Children>\n"
    )


def _elements(table: pl.DataFrame, name: str) -> pl.Expr:
    """One line for each field that has a value, in the order of the schema."""
    parts = [
        pl.when(pl.col(column).is_null()).then(pl.lit("")).otherwise(pl.format(f"<{tag}>{{}}</{tag}>\n", pl.col(column)))
        for column, tag in ELEMENTS[name].items()
        if column in table.columns
    ]
    return pl.concat_str(parts)


# where each part of a child stands: (section inside its CINdetails, part inside that)
_CHILD_HEAD, _DETAILS_HEAD, _ASSESSMENT, _CIN_PLAN, _SECTION47, _NFA, _PLAN, _PRE_PROCEEDINGS, _DETAILS_END = range(9)


def body(sent: Mapping[str, pl.DataFrame]) -> str:
    """All Child elements as text, put together from one fragment per record, sorted into document order."""
    fragments = [_child_fragments(sent), *_details_fragments(sent)]
    nested = (
        (
            "assessment",
            "assessment_seq",
            _ASSESSMENT,
            "Assessments",
            _joined(
                sent,
                "assessment_factor",
                "assessment_seq",
                "assessment_factor",
                "AssessmentFactors",
                "FactorsIdentifiedAtAssessment",
            ),
        ),
        ("cin_plan_dates", "cin_plan_seq", _CIN_PLAN, "CINPlanDates", None),
        ("section47", "section47_seq", _SECTION47, "Section47", None),
        (
            "child_protection_plan",
            "cpp_seq",
            _PLAN,
            "ChildProtectionPlans",
            _joined(sent, "review", "cpp_seq", "cpp_review_date", "CPPreviewDate", "Reviews"),
        ),
        ("pre_proceedings", "pre_proceedings_seq", _PRE_PROCEEDINGS, "PreProceedingsandFGDM", None),
    )
    for name, sequence, section, tag, inner in nested:
        if name not in sent:
            continue
        table = sent[name]
        inside = _elements(table, name)
        if inner is not None:
            table = table.join(inner, on=["child_seq", "cin_details_seq", sequence], how="left", maintain_order="left")
            inside = pl.concat_str(inside, pl.col("inner").fill_null(""))
        fragments.append(
            table.select(
                "child_seq",
                "cin_details_seq",
                pl.lit(section).alias("section"),
                pl.col(sequence).alias("part"),
                pl.concat_str(pl.lit(f"<{tag}>\n"), inside, pl.lit(f"</{tag}>\n")).alias("text"),
            )
        )
    whole = pl.concat([fragment.cast({"section": pl.Int64, "part": pl.Int64}) for fragment in fragments])
    text: str = whole.sort("child_seq", "cin_details_seq", "section", "part", maintain_order=True)["text"].str.join("").item()
    return text


def _child_fragments(sent: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    child = sent["child"]
    disabilities = (
        sent["child_disability"]
        .group_by("child_seq", maintain_order=True)
        .agg(pl.format("<Disability>{}</Disability>\n", pl.col("disability")).str.join("").alias("disabilities"))
        .with_columns(pl.format("<Disabilities>\n{}</Disabilities>\n", pl.col("disabilities")))
    )
    child = child.join(disabilities, on="child_seq", how="left", maintain_order="left")
    head = child.select(
        "child_seq",
        pl.lit(0, dtype=pl.Int64).alias("cin_details_seq"),
        pl.lit(_CHILD_HEAD).alias("section"),
        pl.lit(0).alias("part"),
        pl.concat_str(
            pl.lit("<Child>\n<ChildIdentifiers>\n"),
            _elements(child, "child"),
            pl.lit("</ChildIdentifiers>\n<ChildCharacteristics>\n"),
            pl.format("<Ethnicity>{}</Ethnicity>\n", pl.col("ethnicity")),
            pl.col("disabilities").fill_null(""),
            pl.lit("</ChildCharacteristics>\n"),
        ).alias("text"),
    )
    end = child.select(
        "child_seq",
        pl.lit(10**6, dtype=pl.Int64).alias("cin_details_seq"),
        pl.lit(0).alias("section"),
        pl.lit(0).alias("part"),
        pl.lit("</Child>\n").alias("text"),
    )
    return pl.concat([head, end])


def _details_fragments(sent: Mapping[str, pl.DataFrame]) -> list[pl.DataFrame]:
    details = sent["cin_details"]
    parts = (
        (_DETAILS_HEAD, pl.concat_str(pl.lit("<CINdetails>\n"), _elements(details, "cin_details"))),
        (_NFA, pl.format("<ReferralNFA>{}</ReferralNFA>\n", pl.col("referral_nfa"))),
        (_DETAILS_END, pl.lit("</CINdetails>\n")),
    )
    return [
        details.select(
            "child_seq", "cin_details_seq", pl.lit(section).alias("section"), pl.lit(0).alias("part"), text.alias("text")
        )
        for section, text in parts
    ]


def _joined(sent: Mapping[str, pl.DataFrame], name: str, sequence: str, column: str, tag: str, wrapper: str) -> pl.DataFrame:
    """The repeated elements under one record, inside their wrapper."""
    return (
        sent[name]
        .group_by("child_seq", "cin_details_seq", sequence, maintain_order=True)
        .agg(pl.format(f"<{tag}>{{}}</{tag}>\n", pl.col(column)).str.join("").alias("inner"))
        .with_columns(pl.format(f"<{wrapper}>\n{{}}</{wrapper}>\n", pl.col("inner")))
    )
