"""Lines between measures, as the rows of seeds/config/config_measure_relation.csv say them."""

from collections.abc import Iterator

import polars as pl

from publishers.disclosure.links import Links, name_of
from publishers.disclosure.rules import Rules

PLACE = ("la_code", "period_end", "breakdown", "breakdown_value")


def relation_terms(frame: pl.DataFrame, links: Links, rules: Rules) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each relation's kind and terms: instance, node, sign; only where every count of the relation is there.

    The first row of a relation leads: the others are looked for in its area, period and breakdown. A row with a breakdown
    of its own means that value of it, within the breakdown of the first.
    """
    counts = {name: rows for (name,), rows in frame.partition_by("count", as_dict=True).items()}
    for _, rows in rules.relation.group_by("relation", maintain_order=True):
        terms = list(rows.iter_rows(named=True))
        names = [links.count.get((row["metric_id"], row["part"]), name_of(row["metric_id"], row["part"])) for row in terms]
        if not all(name in counts for name in names):
            continue
        lead = _lead(counts[names[0]], terms[0])
        placed = [lead.select(pl.col("node").alias("instance"), "node", pl.lit(int(terms[0]["sign"])).alias("sign"))]
        placed += [_term(lead, counts[name], row) for name, row in zip(names[1:], terms[1:], strict=True)]
        together = pl.concat(placed)
        whole = together.group_by("instance").len().filter(pl.col("len") == len(terms)).select("instance")
        yield terms[0]["kind"], together.join(whole, on="instance", how="semi")


def _lead(rows: pl.DataFrame, row: dict[str, str]) -> pl.DataFrame:
    """The nodes that a relation starts from; breakdown and breakdown_value are what the other terms share with them."""
    if not row["breakdown"]:
        return rows
    alone = rows.filter((pl.col("breakdown") == row["breakdown"]) & (pl.col("breakdown_value") == row["breakdown_value"]))
    crossed = rows.filter(
        pl.col("breakdown").str.starts_with(row["breakdown"] + ";")
        & pl.col("breakdown_value").str.starts_with(row["breakdown_value"] + ";")
    )
    return pl.concat(
        [
            alone.with_columns(pl.lit("total").alias("breakdown"), pl.lit("total").alias("breakdown_value")),
            crossed.with_columns(
                pl.col(name).str.slice(len(row[name]) + 1).alias(name) for name in ("breakdown", "breakdown_value")
            ),
        ]
    )


def _term(lead: pl.DataFrame, rows: pl.DataFrame, row: dict[str, str]) -> pl.DataFrame:
    """The node of one term for each leading node: of the same kind of period, else the snapshot at that date."""
    wanted = lead.select(pl.col("node").alias("instance"), "period_type", *PLACE)
    if row["breakdown"]:
        wanted = wanted.with_columns(
            pl.when(pl.col("breakdown") == "total")
            .then(pl.lit(row[name]))
            .otherwise(pl.lit(row[name] + ";") + pl.col(name))
            .alias(name)
            for name in ("breakdown_value", "breakdown")
        )
    if row["period"] == "before":
        months = pl.when(pl.col("period_type") == "quarter").then(pl.lit("-3mo")).otherwise(pl.lit("-12mo"))
        wanted = wanted.with_columns(pl.col("period_end").dt.month_start().dt.offset_by(months).dt.month_end())
    there = rows.select("node", pl.col("period_type").alias("kind"), *PLACE)
    found = (
        wanted.join(there, on=PLACE)
        .filter((pl.col("kind") == pl.col("period_type")) | (pl.col("kind") == "snapshot"))
        .with_columns((pl.col("kind") != pl.col("period_type")).alias("is_second"))
        .sort("instance", "is_second")
        .unique("instance", keep="first", maintain_order=True)
    )
    return found.select("instance", "node", pl.lit(int(row["sign"])).alias("sign"))
