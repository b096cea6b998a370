"""What the contradictions and the worked examples tell, in one warehouse: each is of authorities of its own."""

from collections.abc import Iterator

import pytest

from loaders.settings import Paths
from tests.end_to_end.london import liia
from tests.longitudinal import built, test_contradictions, test_worked_examples


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paths]:
    """Hackney and Islington of the worked examples, Camden and Barking of the contradictions, under keys of their own."""
    data = tmp_path_factory.mktemp("told")
    liia(data, "key", "new")
    test_worked_examples.lay(data / "returns")
    test_contradictions.lay(data / "returns")
    with pytest.MonkeyPatch.context() as patch:
        # the keys that `liia key new` made are read here too
        patch.setenv("XDG_CONFIG_HOME", str(data / "config"))
        yield built.load_and_build(data, "real", also=("+path:models/marts/core", "+dq_ssda903__broken_rule", "+dq_expected_seen"))
