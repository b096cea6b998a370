"""The demand forecast: what int_sufficiency__forecast_* counted, through the arithmetic of forecast/ (tested without dbt)."""

from itertools import groupby

from forecast.authorities import AgeBand, Change, Settings, States, counts_of, forecast_all


def model(dbt, session):
    """Reads the counts in a fixed order and gives forecast.authorities.COLUMNS."""
    dbt.config(materialized="table")
    bands = dbt.ref("config_forecast_age_band").project("position, age_band, from_age, below_age").order("position").fetchall()
    categories = dbt.ref("config_placement_category").project("placement_category").distinct().order("placement_category")
    states = States(tuple(AgeBand(*band) for _, *band in bands), tuple(name for (name,) in categories.fetchall()))
    changes = dbt.ref("config_forecast_scenario").project(
        "scenario, flow, age_band, from_category, to_category, cast(relative_change as double)"
    )
    parameter = dict(dbt.ref("config_sufficiency_parameter").project("parameter, value").fetchall())
    settings = Settings(
        refits=int(parameter["forecast_refits"]),
        step_days=int(parameter["forecast_step_days"]),
        is_ageing_observed=parameter["forecast_ageing_observed"] == 1,
    )
    flows = by_fit(dbt.ref("int_sufficiency__forecast_flow"), "block_number, flow, age_band, placement_category, move_to, n")
    stock = by_fit(dbt.ref("int_sufficiency__forecast_stock").filter("is_origin"), "age_band, placement_category, n_children")
    fits = dbt.ref("int_sufficiency__forecast_fit").project("la_code, fit, origin_date, horizon_months")
    counts = [counts_of(states, fit, flows[fit[:2]], stock.get(fit[:2], [])) for fit in fits.fetchall()]
    return forecast_all(states, counts, [Change(*row) for row in changes.fetchall()], settings)


def by_fit(relation, columns):
    """The rows of each authority and fit."""
    rows = relation.project(f"la_code, fit, {columns}").order("all").fetchall()
    return {key: [row[2:] for row in of_key] for key, of_key in groupby(rows, key=lambda row: row[:2])}
