"""National validation rules of the return on looked after children, checked on the clean invented returns."""

from datetime import date

import polars as pl

Frames = dict[str, pl.DataFrame]
TEMPORARY = ["T0", "T1", "T2", "T3", "T4"]
FOSTER = ["U1", "U2", "U3", "U4", "U5", "U6"]
ADOPTION = ["A3", "A4", "A5", "A6"]
OTHER = ["Z1", "Z11", "Z12", "Z13", "Z14"]
BREAKS = ["V3", "V4"]
PLACE = ["place", "pl_post", "urn", "place_provider"]


def looked_after(frames: Frames, year: int, before: Frames | None = None) -> dict[str, int]:
    """Rule code -> number of rows that break it. `before` is the return of the year before, for the rules across years."""
    first, last = date(year - 1, 4, 1), date(year, 3, 31)
    header, uasc = frames["header"], frames["uasc"]
    episode = (
        frames["episodes"]
        .sort("child_number", "decom", "dec")
        .join(header.select("child_number", "dob", "sex", "mother"), on="child_number", how="left", maintain_order="left")
        .join(uasc.select("child_number", pl.lit(value=True).alias("alone")), on="child_number", how="left", maintain_order="left")
        .with_columns(
            pl.col("alone").fill_null(value=False),
            *(
                pl.col(name).shift(1).over("child_number").alias(f"{name}_before")
                for name in ("decom", "dec", "ls", "rec", "reason_place_change", "cin", "rne", *PLACE)
            ),
        )
    )
    care = episode.filter(~pl.col("ls").is_in(BREAKS))
    follows = episode.filter(pl.col("decom_before").is_not_null())
    broken: dict[str, pl.DataFrame] = {}

    def turned(age: int) -> pl.Expr:
        return pl.col("dob").dt.offset_by(f"{age}y")

    broken["102 103 101"] = header.filter(pl.any_horizontal(pl.col("dob", "ethnic", "sex").is_null()))
    broken["INT32"] = header.filter(header["child_number"].is_duplicated())
    broken["444"] = header.filter(~pl.col("upn").str.starts_with("UN") & pl.col("upn").is_duplicated())
    broken["442"] = care.join(header.filter(pl.col("upn").is_null()), on="child_number", how="semi")
    broken["209"] = header.filter((pl.col("upn") == "UN1") & (turned(4) <= date(year - 2, 8, 31)))
    broken["301 351"] = header.filter((pl.col("dob") > last) | (turned(25) < first))
    broken["302"] = episode.filter(pl.col("dob") > pl.col("decom"))
    for name, table in frames.items():
        if name != "header":
            broken[f"INT0 {name}"] = table.join(header, on="child_number", how="anti")
        if name not in ("header", "episodes"):
            broken[f"INT1 {name}"] = table.join(
                header.select("child_number", pl.col("dob").alias("other")), on="child_number"
            ).filter(pl.col("dob") != pl.col("other"))
        if name not in ("header", "episodes", "oc3", "uasc"):
            broken[f"1012 {name}"] = table.join(episode, on="child_number", how="anti")
    broken["EPI"] = header.join(
        pl.concat([episode.select("child_number"), frames["oc3"].select("child_number")]), on="child_number", how="anti"
    )
    # mothers
    girls = pl.col("sex").is_in(["2", "F"])
    broken["393 607"] = care.filter(girls & pl.col("mother").is_null())
    broken["165 174"] = header.filter(~girls & (pl.col("mother").is_not_null() | pl.col("mc_dob").is_not_null()))
    only_breaks = episode.group_by("child_number").agg(pl.col("ls").is_in(BREAKS).all().alias("all")).filter(pl.col("all"))
    broken["399"] = pl.concat(
        [
            header.filter(pl.col("mother").is_not_null()).join(only_breaks, on="child_number", how="semi").select("child_number"),
            frames["reviews"].join(only_breaks, on="child_number", how="semi").select("child_number"),
        ]
    )
    broken["611 612"] = header.filter((pl.col("mother") == "1").fill_null(value=False) != pl.col("mc_dob").is_not_null())
    broken["620 621"] = header.filter((pl.col("mother") == "1") & ((turned(11) > first) | (pl.col("mc_dob") <= pl.col("dob"))))
    broken["625"] = header.filter(pl.col("mc_dob") > last)
    broken["628"] = header.filter(pl.col("mother").is_not_null()).join(episode, on="child_number", how="anti")
    # episodes: order and dates
    broken["354 353"] = episode.filter((pl.col("decom") > last) | (pl.col("decom") < date(1991, 10, 14)))
    broken["355 356"] = episode.filter(pl.col("dec") <= pl.col("decom"))
    broken["385 in year"] = episode.filter((pl.col("dec") > last) | (pl.col("dec") < first))
    broken["148"] = episode.filter(pl.col("dec").is_null() != pl.col("rec").is_null())
    broken["142 501"] = follows.filter(pl.col("dec_before").is_null() | (pl.col("decom") < pl.col("dec_before")))
    broken["357"] = episode.unique("child_number", keep="first", maintain_order=True).filter(
        (pl.col("decom") >= first) & (pl.col("rne") != "S")
    )
    broken["388"] = pl.concat(
        [
            follows.filter((pl.col("rec_before") == "X1") != (pl.col("dec_before") == pl.col("decom"))).select("child_number"),
            episode.unique("child_number", keep="last", maintain_order=True)
            .filter(pl.col("dec").is_not_null() & (pl.col("rec") == "X1") & (pl.col("dec") < last))
            .select("child_number"),
        ]
    )
    broken["431"] = follows.filter((pl.col("rne") == "S") & (pl.col("decom") <= pl.col("dec_before")))
    broken["432"] = follows.filter((pl.col("rec_before") != "X1") & (pl.col("rne") != "S"))
    broken["433"] = follows.filter((pl.col("rne") != "S") & (pl.col("decom") != pl.col("dec_before")))
    moved = follows.filter(pl.col("rne") != "S")
    same_place = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_before")) for name in PLACE)
    same_status = pl.col("ls") == pl.col("ls_before")
    broken["434"] = moved.filter((pl.col("rne") == "L") & (same_status | ~same_place))
    broken["435"] = moved.filter(pl.col("rne").is_in(["P", "T"]) & (~same_status | same_place))
    broken["436"] = moved.filter(pl.col("rne").is_in(["U", "B"]) & (same_status | same_place))
    broken["437"] = follows.filter(pl.col("rec_before").is_in(["E2", "E15"]))
    broken["504"] = moved.filter(pl.col("cin") != pl.col("cin_before"))
    either_temporary = pl.col("place").is_in(TEMPORARY) | pl.col("place_before").is_in(TEMPORARY)
    broken["225"] = moved.filter(
        pl.col("rne").is_in(["P", "B", "T", "U"]) & ~either_temporary & pl.col("reason_place_change_before").is_null()
    )
    broken["226"] = follows.filter(either_temporary & pl.col("reason_place_change_before").is_not_null() & (pl.col("rne") != "S"))
    broken["233"] = episode.filter(pl.col("dec").is_null() & pl.col("reason_place_change").is_not_null())
    broken["234"] = follows.filter((pl.col("reason_place_change_before") == "CUSTOD") & (pl.col("decom") < turned(10)))
    # legal status
    end = pl.col("dec").fill_null(last)
    days = (end - pl.col("decom")).dt.total_days()
    broken["361 L1"] = episode.filter((pl.col("ls") == "L1") & (days > 3))
    broken["362 L2"] = episode.filter((pl.col("ls") == "L2") & (days > 21))
    broken["358"] = episode.filter(pl.col("ls").is_in(["J1", "J2", "J3"]) & (pl.col("decom") <= turned(10)))
    broken["352"] = episode.filter((pl.col("rne") == "S") & (pl.col("decom") >= turned(18)))
    broken["359"] = episode.filter((turned(18) < last) & pl.col("dec").is_null())
    broken["378"] = episode.filter((pl.col("place") == "P1") & (pl.col("ls") == "V2"))
    broken["408"] = episode.filter(pl.col("place").is_in(["A5", "A6"]) & (pl.col("ls") != "E1"))
    # short breaks
    breaks = episode.filter(pl.col("ls").is_in(BREAKS))
    broken["365"] = breaks.filter((pl.col("ls") == "V3") & (days > 17))
    broken["366"] = breaks.filter((pl.col("ls") == "V3") & (pl.col("rne") != "S"))
    clipped = (pl.min_horizontal(end, pl.lit(last)) - pl.max_horizontal(pl.col("decom"), pl.lit(first))).dt.total_days()
    broken["367"] = (
        breaks.filter(pl.col("ls") == "V3").group_by("child_number").agg(clipped.sum().alias("days")).filter(pl.col("days") > 75)
    )
    broken["214 398 420"] = breaks.filter(pl.any_horizontal(pl.col("home_post", "pl_post", "urn").is_not_null()))
    broken["382 384"] = breaks.filter(pl.col("place").is_in([*TEMPORARY, "U1", "U4"]))
    broken["426"] = breaks.group_by("child_number").agg(pl.col("ls").n_unique().alias("kinds")).filter(pl.col("kinds") > 1)
    # placements
    broken["178 213"] = episode.filter(pl.col("place").is_in([*TEMPORARY, *OTHER]) & pl.col("place_provider").is_not_null())
    broken["526"] = episode.filter(~pl.col("place").is_in([*TEMPORARY, *OTHER]) & pl.col("place_provider").is_null())
    broken["527-531 550"] = episode.filter(
        (pl.col("place").is_in(["P1", "R2", "R5"]) & pl.col("place_provider").is_in(["PR1", "PR2"]))
        | (pl.col("place").is_in([*ADOPTION, "K1", "K2", "P1", *FOSTER]) & (pl.col("place_provider") == "PR3"))
        | ((pl.col("place") == "P1") != (pl.col("place_provider") == "PR0").fill_null(value=False))
    )
    no_number = [*TEMPORARY, *OTHER, "P1", "P2", "P3", "R1", "R2", "R5"] + (["H5"] if year <= 2023 else [])
    broken["222"] = episode.filter(pl.col("place").is_in(no_number) & pl.col("urn").is_not_null())
    free = [*no_number, "H5"] if year <= 2024 else no_number
    # homes outside England stand in no register; their postcodes are checked with the places
    outside = pl.col("pl_post").is_null() | pl.col("pl_post").str.contains(
        r"^(AB|BT|CF|CH|DD|DG|DL|EH|FK|G|HR|HS|IV|KA|KW|KY|LD|LL|ML|NP|PA|PH|SA|SY|TD|ZE)\d"
    )
    broken["218"] = care.filter(~pl.col("place").is_in(free) & pl.col("urn").is_null() & ~outside)
    if year == 2024:
        broken["230"] = episode.filter((pl.col("place") == "H5") & (end >= date(2023, 10, 29)) & pl.col("urn").is_null() & ~outside)
        broken["217t"] = episode.filter((pl.col("place") == "P2") & (end > date(2023, 10, 28)))
    broken["371 372 373"] = episode.filter(
        (pl.col("place").is_in(["H5", "K3", "P2"]) & (pl.col("decom") < turned(16)))
        | ((pl.col("place") == "R5") & (pl.col("decom") < turned(10)))
        | ((pl.col("place") == "S1") & (pl.col("decom") < turned(4)))
    )
    for code, place, most in (("375", "T1", 42), ("376", "T3", 21), ("379", "T4", 7)):
        broken[code] = episode.filter((pl.col("place") == place) & (days > most))
    broken["377"] = episode.filter(pl.col("place") == "T3").group_by("child_number").len().filter(pl.col("len") > 2)
    broken["380 381"] = episode.filter(
        pl.col("place").is_in(TEMPORARY) & (~pl.col("rne").is_in(["P", "B"]) | (pl.col("rec") != "X1"))
    )
    back = follows.filter(pl.col("place_before").is_in(TEMPORARY)).with_columns()
    broken["383"] = back.filter(pl.col("rne") != "P")
    broken["392b"] = care.filter(
        ~pl.col("alone") & (pl.col("home_post").is_null() | (pl.col("pl_post").is_null() & ~pl.col("place").is_in(["U1", "U3"])))
    )
    broken["392d"] = episode.filter((pl.col("place") != "P1") & (pl.col("home_post") == pl.col("pl_post")))
    broken["406"] = episode.filter(pl.col("alone") & pl.col("home_post").is_not_null())
    # leaving care
    broken["386 390"] = episode.filter(
        pl.col("rec").is_in(["E11", "E12"]) & (~pl.col("place").is_in(ADOPTION) | (pl.col("dec") >= turned(18)))
    )
    broken["387"] = episode.filter(pl.col("rec").is_in(["E5", "E6"]) & (pl.col("dec") < turned(14)))
    broken["389"] = episode.filter((pl.col("rec") == "E7") & (pl.col("dec") < turned(16)))
    broken["407"] = episode.filter(pl.col("rec").is_in(["E45", "E46", "E47", "E48"]) & (pl.col("dec") > turned(18)))
    broken["460"] = episode.filter((pl.col("rec") == "E17") & (pl.col("dec") < turned(18)))
    broken["516"] = episode.filter(pl.col("rec").is_in(["E45", "E46"]) & ~pl.col("place").is_in(FOSTER))
    _adoption(frames, episode, broken, first, last)
    _health(frames, episode, broken, first, last)
    _rest(frames, episode, broken, first, last, year)
    if before is not None:
        _across(frames, before, broken, first)
    return {code: rows.height for code, rows in broken.items() if rows.height}


def _adoption(frames: Frames, episode: pl.DataFrame, broken: dict[str, pl.DataFrame], first: date, last: date) -> None:
    ad1, decision = frames["ad1"], frames["placed_for_adoption"]
    adopted = episode.filter(pl.col("rec").is_in(["E11", "E12"]))
    broken["601 602"] = pl.concat(
        [
            adopted.select("child_number").join(ad1, on="child_number", how="anti"),
            ad1.select("child_number").join(adopted, on="child_number", how="anti"),
        ]
    )
    joined = adopted.join(ad1, on="child_number")
    broken["331 333 582"] = joined.filter(
        (pl.col("decom") < pl.col("date_match"))
        | (pl.col("date_int") > pl.col("date_match"))
        | (pl.col("dec") == pl.col("date_match"))
    )
    starts = episode.filter(pl.col("rne") == "S").group_by("child_number").agg(pl.col("decom").max().alias("start"))
    broken["334"] = ad1.join(starts, on="child_number").filter(pl.col("date_int") < pl.col("start"))
    broken["335"] = joined.filter(
        (pl.col("place").is_in(["A3", "A5"]) & (pl.col("foster_care") == "0"))
        | (pl.col("place").is_in(["A4", "A6"]) & (pl.col("foster_care") == "1"))
    )
    broken["336 217"] = episode.filter(
        pl.col("place").is_in(["A3", "A5"])
        & pl.col("place_before").is_not_null()
        & (~pl.col("place_before").is_in([*FOSTER, *ADOPTION]) | ~pl.col("rne").is_in(["S", "T", "U"]))
    )
    couples = pl.col("sex_adoptr").is_in(["MM", "FF", "MF"])
    broken["511-524"] = ad1.filter(
        (couples != (pl.col("nb_adoptr") == "2"))
        | ((pl.col("ls_adoptr") == "L0") & couples)
        | (pl.col("ls_adoptr").is_in(["L11", "L3"]) & (pl.col("sex_adoptr") != "MF"))
        | (pl.col("ls_adoptr").is_in(["L12", "L4"]) & ~pl.col("sex_adoptr").is_in(["MM", "FF"]))
        | ((pl.col("ls_adoptr") == "L2") & ~couples)
    )
    broken["523"] = ad1.join(decision, on="child_number").filter(pl.col("date_placed") != pl.col("date_int"))
    broken["525"] = ad1.join(decision.filter(pl.col("date_placed_ceased").is_not_null()), on="child_number", how="semi")
    placed = episode.filter(pl.col("place").is_in(ADOPTION))
    broken["551"] = placed.join(decision, on="child_number", how="anti")
    broken["552"] = (
        placed.group_by("child_number")
        .agg(pl.col("decom").min())
        .join(decision, on="child_number")
        .filter(pl.col("decom") < pl.col("date_placed"))
    )
    ordered = episode.filter(pl.col("ls") == "E1")
    broken["553"] = pl.concat(
        [
            ordered.join(decision, on="child_number", how="anti").select("child_number"),
            ordered.filter(pl.col("dec").is_null())
            .join(decision.filter(pl.col("date_placed_ceased").is_not_null()), on="child_number", how="semi")
            .select("child_number"),
        ]
    )
    broken["554"] = (
        ordered.group_by("child_number")
        .agg(pl.col("decom").min())
        .join(decision, on="child_number")
        .filter(pl.col("date_placed") > pl.col("decom"))
    )
    left = episode.filter(
        (pl.col("place").is_in(ADOPTION) | (pl.col("ls") == "E1"))
        & pl.col("rec").is_not_null()
        & ~pl.col("rec").is_in(["X1", "E11", "E12"])
    )
    broken["557"] = left.join(decision.filter(pl.col("date_placed_ceased").is_not_null()), on="child_number", how="anti")
    broken["117"] = decision.filter((pl.col("date_placed") > last) | (pl.col("date_placed_ceased") > last))
    broken["118 119 522"] = decision.filter(
        (pl.col("date_placed_ceased") < first)
        | (pl.col("date_placed_ceased").is_null() != pl.col("reason_placed_ceased").is_null())
        | (pl.col("date_placed_ceased") < pl.col("date_placed"))
    )
    broken["184"] = decision.filter(pl.col("date_placed") < pl.col("dob"))
    broken["1003"] = (
        episode.filter(pl.col("rne") == "S")
        .group_by("child_number")
        .agg(pl.col("decom").min())
        .join(decision, on="child_number")
        .filter(pl.col("date_placed") < pl.col("decom"))
    )


def _health(frames: Frames, episode: pl.DataFrame, broken: dict[str, pl.DataFrame], first: date, last: date) -> None:
    oc2 = frames["oc2"]
    interrupts = (
        ((pl.col("rne") == "S") & (pl.col("decom") > first))
        | ((pl.col("rec").is_null() | (pl.col("rec") != "X1")) & pl.col("dec").is_between(first, last, closed="left"))
        | pl.col("ls").is_in(BREAKS)
    )
    whole_year = (
        episode.group_by("child_number").agg(interrupts.fill_null(value=False).any().alias("broken")).filter(~pl.col("broken"))
    )
    broken["190 191"] = pl.concat(
        [
            oc2.select("child_number").join(whole_year, on="child_number", how="anti"),
            whole_year.select("child_number").join(oc2, on="child_number", how="anti"),
        ]
    )

    def turned(age: int) -> pl.Expr:
        return pl.col("dob").dt.offset_by(f"{age}y")

    score, reason = pl.col("sdq_score"), pl.col("sdq_reason")
    broken["197a 186 197B"] = oc2.filter(
        (score.is_not_null() & reason.is_not_null())
        | ((turned(4) <= last) & (turned(17) >= first) & score.is_null() & reason.is_null())
    )
    broken["188 189"] = oc2.filter(((turned(4) > last) | (turned(17) < first)) & (score.is_not_null() | reason.is_not_null()))
    broken["157"] = oc2.filter((turned(4) <= first) & (turned(16) >= last) & (reason == "SDQ1"))
    broken["180"] = oc2.filter(~score.is_between(0, 40))
    broken["542 543"] = oc2.filter((turned(10) <= last) != pl.col("convicted").is_not_null())
    broken["545 546"] = oc2.filter((turned(5) > last) != pl.col("health_check").is_not_null())
    misuse = pl.col("substance_misuse") == "1"
    broken["158 159 192 193"] = oc2.filter(
        (misuse != pl.col("intervention_received").is_not_null())
        | ((pl.col("intervention_received") == "0").fill_null(value=False) != pl.col("intervention_offered").is_not_null())
    )


def _rest(frames: Frames, episode: pl.DataFrame, broken: dict[str, pl.DataFrame], first: date, last: date, year: int) -> None:
    def turned(age: int) -> pl.Expr:
        return pl.col("dob").dt.offset_by(f"{age}y")

    review = frames["reviews"]
    broken["440 441"] = review.filter(
        ((pl.col("review_code") == "PN0") & (pl.col("review") > turned(4)))
        | ((pl.col("review_code") != "PN0") & (pl.col("review") < turned(4)))
    )
    broken["review in year"] = review.filter(~pl.col("review").is_between(first, last))
    broken["304 104"] = frames["uasc"].filter((pl.col("duc") > turned(18)) | (pl.col("duc") < first))
    oc3 = frames["oc3"]
    broken["391"] = oc3.filter(turned(17) > last)
    broken["344 345"] = oc3.filter(
        (pl.col("in_touch").is_in(["DIED", "RHOM"]) & ((pl.col("activ") != "0") | (pl.col("accom") != "0")))
        | ((pl.col("in_touch") == "YES") & ((pl.col("activ") == "0") | (pl.col("accom") == "0")))
    )
    broken["215 134 187"] = oc3.join(
        pl.concat([frames["oc2"].select("child_number"), frames["ad1"].select("child_number")]), on="child_number", how="semi"
    )
    broken["3001"] = oc3.filter(pl.col("accom").is_in(["Z1", "Z2"]) & turned(17).is_between(first, last))
    broken["347"] = oc3.filter(pl.col("accom").is_in(["T1", "T2"]) & (turned(18) > first))
    left = (
        episode.filter(pl.col("rec").is_in(["E2", "E3", "E15"]))
        .join(episode.group_by("child_number").agg(pl.col("decom").max().alias("latest")), on="child_number")
        .filter(pl.col("decom") == pl.col("latest"))
    )
    broken["1000 1011"] = oc3.join(left, on="child_number", how="semi")
    broken["1007"] = oc3.join(episode.filter(pl.col("dec").is_null()), on="child_number", how="semi")
    broken["1014"] = oc3.join(frames["uasc"], on="child_number", how="semi").join(episode, on="child_number", how="anti")
    started = episode.filter((pl.col("rne") == "S") & (pl.col("decom") >= first))
    permanence = frames["previous_permanence"]
    broken["630"] = started.join(permanence, on="child_number", how="anti")
    broken["INT35 635"] = permanence.filter(
        pl.col("child_number").is_duplicated()
        | ((pl.col("prev_perm") == "Z1") & (pl.col("la_perm").is_not_null() | pl.col("date_perm").is_not_null()))
        | ((pl.col("prev_perm") != "Z1") & (pl.col("la_perm").is_null() | pl.col("date_perm").is_null()))
    )
    missing = (
        frames["missing"]
        .sort("child_number", "mis_start")
        .with_columns(
            pl.col("mis_end").shift(1).over("child_number").alias("back"),
            (pl.int_range(pl.len()).over("child_number") > 0).alias("again"),
        )
    )
    broken["567 570 571"] = missing.filter(
        (pl.col("mis_end") < pl.col("mis_start")) | (pl.col("mis_start") > last) | ~pl.col("mis_end").is_between(first, last)
    )
    broken["574"] = missing.filter(pl.col("again") & (pl.col("back").is_null() | (pl.col("mis_start") < pl.col("back"))))
    spans = episode.select("child_number", "decom", pl.col("dec").fill_null(date(2100, 1, 1)))
    inside = missing.join(spans, on="child_number").filter(pl.col("mis_start").is_between(pl.col("decom"), pl.col("dec")))
    # a spell that began before the episodes of this year's return began inside an earlier one
    broken["581"] = missing.filter(pl.col("mis_start") >= first).join(inside, on=["child_number", "mis_start"], how="anti")
    broken["575"] = missing.filter(pl.col("mis_end").is_null()).join(
        episode.filter(pl.col("dec").is_null()), on="child_number", how="anti"
    )
    if "social_worker" in frames:
        worker = (
            frames["social_worker"]
            .sort("child_number", "sw_decom")
            .with_columns(
                pl.col("sw_dec").shift(1).over("child_number").alias("upto"),
                (pl.int_range(pl.len()).over("child_number") > 0).alias("again"),
            )
        )
        broken["SW06 SW07 SW09"] = worker.filter(
            (pl.col("sw_decom") > last) | ~pl.col("sw_dec").is_between(first, last) | (pl.col("sw_decom") == pl.col("sw_dec"))
        )
        broken["SW08 SW10"] = worker.filter(
            pl.col("again")
            & (pl.col("sw_reason") != "FCONTA")
            & (pl.col("upto").is_null() | (pl.col("sw_decom") != pl.col("upto")))
        )
        still = episode.filter(pl.col("dec").is_null() & ~pl.col("ls").is_in(BREAKS))
        broken["SW01"] = still.join(worker.filter(pl.col("sw_dec").is_null()), on="child_number", how="anti")
        broken["SW02 SW13"] = worker.filter(~pl.col("sw_id").str.contains("^(SW|XX)") | pl.col("sw_reason").is_null())
    if "dolo" in frames:
        dolo = frames["dolo"]
        broken["702-704"] = dolo.filter(
            (pl.col("dolo_end") <= pl.col("dolo_start"))
            | (pl.col("dolo_start") > last)
            | ~pl.col("dolo_end").is_between(first, last)
        )
        overlapping = (
            dolo.drop_nulls("dolo_end")
            .join(spans.with_columns(episode["place"]), on="child_number")
            .filter((pl.col("decom") <= pl.col("dolo_end")) & (pl.col("dec") >= pl.col("dolo_start")))
        )
        broken["709 710"] = overlapping.filter(~pl.col("place").is_in(["K2", "Z12", "Z13"]))


def _across(frames: Frames, before: Frames, broken: dict[str, pl.DataFrame], first: date) -> None:
    header = frames["header"].join(before["header"], on="child_number", suffix="_before")
    letters = (
        pl.col("sex_before").replace({"1": "M", "2": "F"})
        if frames["header"]["sex"].is_in(["M", "F"]).any()
        else pl.col("sex_before")
    )
    broken["202 203 204"] = header.filter(
        (pl.col("sex") != letters) | (pl.col("dob") != pl.col("dob_before")) | (pl.col("ethnic") != pl.col("ethnic_before"))
    )
    number = ~pl.col("upn").str.starts_with("UN")
    broken["208"] = header.filter(
        (pl.col("upn") != pl.col("upn_before"))
        & ~((pl.col("upn_before") == "UN1") & ~number | pl.col("upn_before").str.starts_with("UN") & number)
    )
    episode, earlier = frames["episodes"], before["episodes"]
    carried = episode.filter(pl.col("decom") < first)
    broken["NoE"] = carried.join(earlier, on="child_number", how="anti")
    was_open = earlier.filter(pl.col("dec").is_null())
    first_now = episode.sort("child_number", "decom").unique("child_number", keep="first", maintain_order=True)
    broken["502 562"] = was_open.join(first_now, on="child_number", how="left", suffix="_now").filter(
        pl.col("decom").ne_missing(pl.col("decom_now"))
    )
    both = was_open.join(first_now, on=["child_number", "decom"], suffix="_now")
    same = [
        pl.col(name).eq_missing(pl.col(f"{name}_now")) for name in ("rne", "ls", "cin", "place_provider", "pl_post", "home_post")
    ]
    broken["503 A B C E H"] = both.filter(~pl.all_horizontal(same))
    recoded = ((pl.col("place") == "H5") & (pl.col("place_now") == "K3")) | (
        (pl.col("place") == "Z1") & pl.col("place_now").str.starts_with("Z1")
    )
    broken["503D"] = both.filter((pl.col("place") != pl.col("place_now")) & ~recoded)
    broken["503F"] = both.filter(pl.col("urn").ne_missing(pl.col("urn_now")) & (pl.col("place") != "H5"))
    away = (
        before["missing"]
        .filter(pl.col("mis_end").is_null())
        .join(
            frames["missing"].sort("child_number", "mis_start").unique("child_number", keep="first", maintain_order=True),
            on="child_number",
            how="left",
            suffix="_now",
        )
    )
    broken["576"] = away.filter(pl.col("mis_start").ne_missing(pl.col("mis_start_now")))
    decided = before["placed_for_adoption"].join(frames["placed_for_adoption"], on="child_number", suffix="_now")
    broken["560 561"] = decided.filter(
        (pl.col("date_placed_ceased").is_null() & (pl.col("date_placed") != pl.col("date_placed_now")))
        | (pl.col("date_placed_ceased").is_not_null() & (pl.col("date_placed") == pl.col("date_placed_now")))
    )
    broken["207 624"] = header.filter(pl.col("mother").is_not_null()).filter(
        ((pl.col("mother_before") == "1") & (pl.col("mother") != "1"))
        | pl.col("mc_dob_before").is_not_null() & pl.col("mc_dob_before").ne_missing(pl.col("mc_dob"))
    )
    broken["199"] = episode.join(earlier.filter(pl.col("rec").is_in(["E11", "E12"])), on="child_number", how="semi")
