"""Text that a spreadsheet would run is shown instead; everything else is left as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.spreadsheet import defuse


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+44 20",
        "-2+3",
        "@SUM(A1)",
        " =1+1",
        "\t=1+1",
        "\ttext",
        "\rtext",
        "\n=1",
        '"=1+1"',
        "'=1+1",
        " \" '@x",
        "\ufeff=1",
        "\u200b=1",
        "＝1+1",
        "−2+3",
        "--1",
        "-1.5.2",
        "-1,5",
        "+",
        "-",
        "-1.5\n",
    ],
)
def test_what_would_run_gets_an_apostrophe(text: str) -> None:
    assert defuse(text) == "'" + text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1.5",
        "+3",
        "0",
        "-0.25e-3",
        ".5",
        "10-15",
        "a=b",
        "Camden",
        "0 to 9",
        "London & the South",
        "c",
        "1A;2B",
        "'tis",
    ],
)
def test_what_is_harmless_stays(text: str) -> None:
    assert defuse(text) == text


@given(st.text())
def test_at_most_one_apostrophe_is_added_and_nothing_that_runs_is_left(text: str) -> None:
    shown = defuse(text)
    assert shown in (text, "'" + text)
    if shown == text and text.strip():
        try:
            float(text)
        except ValueError:
            assert text.lstrip()[0] not in "=+-@"
