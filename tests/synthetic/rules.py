"""National validation rules, checked on the clean invented returns: each function gives the rows that break a rule.

Written from the rules' own texts (rule codes of the two returns' guides) on the typed record frames of one authority and
year, so that a break of a rule in the simulation shows as rows here. `first` and `last` are the collection year's days.
"""

from datetime import date

import polars as pl

from synthetic.identity import check_letter

Frames = dict[str, pl.DataFrame]
EPISODE = ["child_number", "cin_details_seq"]


def census(frames: Frames, year: int) -> dict[str, int]:
    """Rule code -> number of rows of the census that break it."""
    first, last = date(year - 1, 4, 1), date(year, 3, 31)
    child, details, s47 = frames["child"], frames["cin_details"], frames["section47"]
    plan, review, assessment = frames["child_protection_plan"], frames["review"], frames["assessment"]
    factor = frames["assessment_factor"]
    cin_plan = frames.get(
        "cin_plan_dates",
        pl.DataFrame(
            schema={**{n: details.schema[n] for n in EPISODE}, "cin_plan_start_date": pl.Date, "cin_plan_end_date": pl.Date}
        ),
    )
    head = details.select(
        *EPISODE,
        "cin_referral_date",
        "cin_closure_date",
        "referral_nfa",
        "reason_for_closure",
        pl.col("date_of_initial_cpc").alias("transfer_conference"),
    )
    within = pl.col("day").is_between(first, last)
    broken: dict[str, pl.DataFrame] = {}

    def inside(table: pl.DataFrame, column: str) -> pl.DataFrame:
        return table.rename({column: "day"}).filter(pl.col("day").is_not_null() & ~within)

    for code, table, column in (
        ("1103", assessment, "assessment_actual_start_date"),
        ("1104", s47, "date_of_initial_cpc"),
        ("1105", plan, "cpp_start_date"),
        ("2889", s47, "s47_actual_start_date"),
        ("4015", cin_plan, "cin_plan_start_date"),
    ):
        broken[code] = table.join(head, on=EPISODE).filter(pl.col(column) < pl.col("cin_referral_date"))
    for table, columns in (
        (assessment, ("assessment_actual_start_date", "assessment_authorisation_date")),
        (s47, ("s47_actual_start_date", "date_of_initial_cpc")),
        (plan, ("cpp_end_date",)),
        (cin_plan, ("cin_plan_start_date", "cin_plan_end_date")),
        (details, ("date_of_initial_cpc",)),
    ):
        for column in columns:
            # a closure of another year stands in no return
            late = table.select(*EPISODE, column).join(head.select(*EPISODE, "cin_closure_date"), on=EPISODE)
            broken[f"8565 {column}"] = late.filter(pl.col(column) > pl.col("cin_closure_date"))
    upn = child.filter(pl.col("upn").is_not_null())
    broken["1510"] = upn.filter(pl.Series([value[0] != check_letter(value[1:]) for value in upn["upn"]], dtype=pl.Boolean))
    broken["1520"] = upn.filter(upn["upn"].is_duplicated())
    broken["1570"] = child.filter(
        (pl.col("child_number").str.len_chars() > 20) | ~pl.col("child_number").str.contains(r"^[A-Za-z0-9]+$")
    )
    broken["8510"] = child.filter(child["child_number"].is_duplicated())
    broken["8520"] = child.filter(pl.col("person_birth_date") > last)
    both = pl.col("person_birth_date").is_null() == pl.col("expected_person_birth_date").is_null()
    broken["8525Q"] = child.filter(both)
    expected = child.filter(pl.col("expected_person_birth_date").is_not_null())
    broken["8530Q"] = expected.filter(
        (pl.col("expected_person_birth_date") < pl.lit(last).dt.offset_by("-30d"))
        | (pl.col("expected_person_birth_date") > pl.lit(last).dt.offset_by("9mo"))
    )
    sex = "sex" if "sex" in child.columns else "gender_current"
    broken["8750"] = expected.filter(pl.col(sex) != ("U" if sex == "sex" else "0"))
    born = pl.coalesce("person_birth_date", "expected_person_birth_date").dt.offset_by("-281d")
    broken["8606"] = details.join(child.select("child_number", born.alias("conceived")), on="child_number").filter(
        pl.col("cin_referral_date") < pl.col("conceived")
    )
    broken["8600"] = details.filter(pl.col("cin_referral_date") > last)
    broken["8590"] = child.join(details, on="child_number", how="anti")
    broken["8620"] = inside(details, "cin_closure_date")
    broken["8630"] = details.filter(pl.col("cin_closure_date") < pl.col("cin_referral_date"))
    broken["8569Q"] = details.filter((pl.col("cin_referral_date") < first) & (pl.col("referral_nfa") == "1"))
    broken["8610"] = details.filter((pl.col("referral_nfa") == "0") & pl.col("primary_need_code").is_null())
    broken["8805"] = details.filter(pl.col("cin_closure_date").is_null() != pl.col("reason_for_closure").is_null())
    broken["8815"] = (
        details.filter(pl.col("cin_closure_date").is_null() & (pl.col("referral_nfa") == "0"))
        .group_by("child_number")
        .len()
        .filter(pl.col("len") > 1)
    )
    open_need = details.filter(pl.col("cin_closure_date").is_null() & (pl.col("referral_nfa") == "0"))
    broken["8816"] = open_need.join(
        details.group_by("child_number").agg(pl.col("cin_referral_date").max().alias("latest")), on="child_number"
    ).filter(pl.col("cin_referral_date") < pl.col("latest"))
    need = details.filter(pl.col("referral_nfa") == "0").with_columns(pl.col("cin_closure_date").fill_null(date(2100, 1, 1)))
    pairs = details.join(need, on="child_number", suffix="_other").filter(
        pl.col("cin_details_seq") != pl.col("cin_details_seq_other")
    )
    broken["8820"] = pairs.filter(
        (pl.col("cin_referral_date") >= pl.col("cin_referral_date_other"))
        & (pl.col("cin_referral_date") < pl.col("cin_closure_date_other"))
    )
    closed_without = details.filter(pl.col("reason_for_closure").is_in(["RC8", "RC9"]))
    broken["2990"] = pl.concat(
        [closed_without.join(table, on=EPISODE, how="semi").select(EPISODE) for table in (s47, plan, cin_plan)]
        + [closed_without.filter(pl.col("date_of_initial_cpc").is_not_null()).select(EPISODE)]
    )
    nfa = details.filter(pl.col("referral_nfa") == "1")
    broken["8831 8832 4000"] = pl.concat(
        [nfa.join(table, on=EPISODE, how="semi").select(EPISODE) for table in (assessment, s47, plan, cin_plan)]
    )
    broken["8608"] = assessment.filter(pl.col("assessment_authorisation_date") < pl.col("assessment_actual_start_date"))
    broken["8696"] = inside(assessment, "assessment_authorisation_date")
    open_assessment = assessment.filter(pl.col("assessment_authorisation_date").is_null())
    broken["8736"] = inside(open_assessment, "assessment_actual_start_date")
    broken["8896"] = open_assessment.filter(open_assessment.select(EPISODE).is_duplicated())
    broken["8867"] = open_assessment.join(head.filter(pl.col("cin_closure_date").is_not_null()), on=EPISODE, how="semi")
    broken["8863Q"] = _overlaps(
        assessment, EPISODE, "assessment_actual_start_date", "assessment_authorisation_date", last, inclusive=True
    )
    broken["8614"] = factor.join(open_assessment, on=[*EPISODE, "assessment_seq"], how="semi")
    broken["8869"] = factor.filter(pl.col("assessment_factor") == "21").join(
        factor.filter(pl.col("assessment_factor") != "21"), on=[*EPISODE, "assessment_seq"], how="semi"
    )
    broken["8898"] = factor.filter(factor.is_duplicated())
    without = factor.filter(pl.col("assessment_factor") == "21").join(head, on=EPISODE)
    broken["8873Q"] = without.filter(~pl.col("reason_for_closure").is_in(["RC8", "RC9"]).fill_null(value=False)).filter(
        pl.col("cin_closure_date").is_not_null()
    )
    broken["8615"] = s47.filter(pl.col("s47_actual_start_date") > pl.col("date_of_initial_cpc"))
    broken["8715"] = inside(s47, "date_of_initial_cpc")
    pending = s47.filter(pl.col("date_of_initial_cpc").is_null() & (pl.col("icpc_not_required") == "0"))
    broken["8740"] = inside(pending, "s47_actual_start_date")
    broken["8839"] = pending.filter(pending.select(EPISODE).is_duplicated())
    broken["8868"] = pending.join(head.filter(pl.col("cin_closure_date").is_not_null()), on=EPISODE, how="semi")
    broken["8870Q"] = s47.filter(pl.col("initial_cpc_target").dt.weekday() > 5)
    broken["8875"] = s47.filter(pl.col("date_of_initial_cpc").dt.weekday() > 5)
    waiting = s47.with_columns(
        pl.when(pl.col("icpc_not_required") == "1")
        .then(pl.col("s47_actual_start_date").dt.offset_by("-1d"))
        .otherwise(pl.col("date_of_initial_cpc"))
        .alias("until")
    )
    broken["8890"] = _overlaps(
        waiting.filter(pl.col("icpc_not_required") == "0"),
        EPISODE,
        "s47_actual_start_date",
        "date_of_initial_cpc",
        last,
        inclusive=True,
    )
    broken["2991Q"] = pl.DataFrame()  # the first assessment of a long referral lies in an earlier return
    held = pl.concat(
        [
            s47.select(*EPISODE, pl.col("date_of_initial_cpc").alias("held")),
            details.select(*EPISODE, pl.col("date_of_initial_cpc").alias("held")),
        ]
    ).drop_nulls()
    new_plan = plan.filter(pl.col("cpp_start_date").is_between(first, last))
    broken["2885"] = new_plan.join(held, left_on=[*EPISODE, "cpp_start_date"], right_on=[*EPISODE, "held"], how="anti")
    broken["2884"] = s47.join(
        details.filter(pl.col("date_of_initial_cpc").is_not_null()), on=["child_number", "date_of_initial_cpc"], how="semi"
    )
    broken["8720"] = plan.filter(pl.col("cpp_start_date").is_null() | (pl.col("cpp_start_date") > last))
    broken["8840 8925"] = plan.filter(pl.col("cpp_end_date") <= pl.col("cpp_start_date"))
    broken["8930"] = inside(plan, "cpp_end_date")
    broken["8935"] = plan.filter(pl.col("cpp_end_date").is_null()).group_by("child_number").len().filter(pl.col("len") > 1)
    broken["8940"] = _overlaps(
        plan.with_columns(pl.concat_str("cin_details_seq", "cpp_seq", separator="/").alias("one")),
        ["child_number"],
        "cpp_start_date",
        "cpp_end_date",
        last,
        inclusive=True,
    )
    broken["8841"] = review.join(plan, on=[*EPISODE, "cpp_seq"]).filter(pl.col("cpp_review_date") <= pl.col("cpp_start_date"))
    broken["review dates"] = review.filter(
        ~pl.col("cpp_review_date").is_between(first, last) | (pl.col("cpp_review_date").dt.weekday() > 5)
    )
    broken["4001"] = plan.filter(pl.col("cpp_end_date").is_null()).join(
        cin_plan.filter(pl.col("cin_plan_end_date").is_null()), on=EPISODE, how="semi"
    )
    broken["4004"] = cin_plan.filter(pl.col("cin_plan_end_date").is_null()).group_by(EPISODE).len().filter(pl.col("len") > 1)
    broken["4011 4012"] = cin_plan.filter(pl.col("cin_plan_end_date") <= pl.col("cin_plan_start_date"))
    broken["4013"] = inside(cin_plan, "cin_plan_end_date")
    broken["4014"] = _overlaps(cin_plan, ["child_number"], "cin_plan_start_date", "cin_plan_end_date", last, inclusive=True)
    later = date(2100, 1, 1)
    both_plans = cin_plan.join(plan, on="child_number").with_columns(
        pl.col("cpp_end_date").fill_null(later), pl.col("cin_plan_end_date").fill_null(later)
    )
    broken["4016"] = both_plans.filter(
        (pl.col("cin_plan_start_date") >= pl.col("cpp_start_date")) & (pl.col("cin_plan_start_date") < pl.col("cpp_end_date"))
    )
    broken["4017"] = both_plans.filter(
        (pl.col("cpp_start_date") >= pl.col("cin_plan_start_date")) & (pl.col("cpp_start_date") < pl.col("cin_plan_end_date"))
    )
    disability = frames["child_disability"]
    known = (
        details.filter(pl.col("referral_nfa") == "0")
        .select("child_number")
        .unique()
        .join(child.filter(pl.col("person_birth_date").is_not_null()), on="child_number", how="semi")
    )
    broken["8540"] = known.join(disability, on="child_number", how="anti")
    broken["8790"] = disability.filter(pl.col("disability") == "NONE").join(
        disability.filter(pl.col("disability") != "NONE"), on="child_number", how="semi"
    )
    broken["8794"] = disability.filter(disability.is_duplicated())
    dead = child.filter(pl.col("person_death_date").is_not_null()).select("child_number", "person_death_date", "person_birth_date")
    broken["8545Q 8535Q"] = dead.filter(
        ~pl.col("person_death_date").is_between(first, last) | (pl.col("person_birth_date") > pl.col("person_death_date"))
    )
    for name, table, column in (
        ("8555Q", details, "cin_referral_date"),
        ("8915", plan, "cpp_start_date"),
        ("8920", plan, "cpp_end_date"),
        ("4008", cin_plan, "cin_plan_start_date"),
        ("4009Q", cin_plan, "cin_plan_end_date"),
    ):
        broken[name] = table.join(dead, on="child_number").filter(pl.col(column) > pl.col("person_death_date"))
    broken["8585Q"] = details.filter(pl.col("reason_for_closure") == "RC2").join(dead, on="child_number", how="anti")
    broken["8772"] = child.filter(pl.col("upn_unknown") == "UN7").join(
        details.filter(pl.col("referral_nfa") == "0"), on="child_number", how="semi"
    )
    old = child.filter(
        pl.col("upn").is_null()
        & (pl.col("person_birth_date") <= date(year - 6, 8, 31))
        & ~pl.col("upn_unknown").is_in(["UN2", "UN3", "UN4", "UN5", "UN6", "UN7"]).fill_null(value=False)
    )
    broken["8770Q"] = old.join(known, on="child_number", how="semi")
    broken["8775Q"] = child.filter(pl.col("person_birth_date") < date(year - 25, 3, 31))
    return {code: rows.height for code, rows in broken.items() if rows.height}


def _overlaps(table: pl.DataFrame, by: list[str], start: str, end: str, last: date, *, inclusive: bool) -> pl.DataFrame:
    """Pairs of rows of one group that overlap (an open row runs to the reference date)."""
    rows = table.select(*by, start, pl.col(end).fill_null(last)).with_row_index("row")
    pairs = rows.join(rows, on=by, suffix="_other").filter(pl.col("row") != pl.col("row_other"))
    reaches = pl.col(start) <= pl.col(f"{end}_other") if inclusive else pl.col(start) < pl.col(f"{end}_other")
    return pairs.filter((pl.col(start) >= pl.col(f"{start}_other")) & reaches)
