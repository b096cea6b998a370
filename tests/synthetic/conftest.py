"""A few authorities told once for all tests of the package."""

from pathlib import Path
from typing import Any

import pytest

from synthetic import errors, london, story
from synthetic.chance import Chance

# City of London, Greenwich and Croydon: the smallest, a middling one, and the largest
CITY, GREENWICH, CROYDON = 0, 2, 18
YEARS = range(2021, 2028)


@pytest.fixture(scope="session")
def greenwich() -> story.Story:
    """A middling authority at a third of its size, over every layout from 2021 to 2027."""
    return story.tell(Chance(3), GREENWICH, YEARS[0], YEARS[-1], 0.35)


def small(out: Path, **changes: Any) -> london.Plan:
    """A plan for three authorities over three years."""
    settings: dict[str, Any] = {
        "first_year": 2023,
        "last_year": 2025,
        "scale": 0.03,
        "seed": 5,
        "authorities": (CITY, GREENWICH, CROYDON),
    }
    return london.Plan(out, **{**settings, **changes})


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> london.Plan:
    """Three authorities without errors, written."""
    plan = small(tmp_path_factory.mktemp("clean"), error_rates=errors.rates(0.0))
    london.invent(plan, processes=1)
    return plan


@pytest.fixture(scope="session")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> london.Plan:
    """The same three with errors at ten times their rates, so that each kind is there."""
    plan = small(tmp_path_factory.mktemp("dirty"), error_rates=errors.rates(10.0))
    london.invent(plan, processes=1)
    return plan
