"""Pupil numbers carry their check letter, child numbers the mark; neither is shared by two children."""

import polars as pl
import pytest

from loaders.mark import CHILD_NUMBER_PREFIX
from synthetic.identity import check_letter
from synthetic.story import Story


@pytest.mark.parametrize(
    ("twelve", "letter"),
    [
        ("202000017201", "M"),  # 2×2 + 2×4 + 1×9 + 7×10 + 2×11 + 1×13 = 126, 126 mod 23 = 11: the twelfth letter, I left out
        ("000000000000", "A"),
        ("000000000001", "P"),  # 13: the fourteenth letter, I left out
        ("00000000000A", "A"),  # a temporary number: A counts 0
    ],
)
def test_check_letter(twelve: str, letter: str) -> None:
    assert check_letter(twelve) == letter


def test_pupil_numbers_are_right_and_of_one_child(greenwich: Story) -> None:
    numbers = greenwich.children["upn"]
    assert all(number[0] == check_letter(number[1:]) for number in numbers)
    assert numbers.is_unique().all()
    former = greenwich.children["former_upn"].drop_nulls()
    assert former.len() > 0 and not former.is_in(numbers.implode()).any()


def test_child_numbers_bear_the_mark_and_fit(greenwich: Story) -> None:
    numbers = greenwich.children["child_number"]
    assert numbers.str.starts_with(CHILD_NUMBER_PREFIX).all()
    assert numbers.str.contains(r"^[A-Z0-9]{4,20}$").all()
    assert numbers.is_unique().all()


def test_an_adopted_child_who_comes_again_is_someone_new(greenwich: Story) -> None:
    after = greenwich.children.filter(pl.col("identity") > 0)
    assert after.height > 0
    before = greenwich.children.filter(pl.col("person").is_in(after["person"].implode()) & (pl.col("identity") == 0))
    assert not after["upn"].is_in(before["upn"].implode()).any()
    assert not after["child_number"].is_in(before["child_number"].implode()).any()
