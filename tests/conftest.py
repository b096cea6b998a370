"""What every test needs, and which tests run in one process when several run side by side."""

import signal

import pytest

from tests import parsed

# Ctrl-C as on a terminal: started in the background (nohup, a CI runner) Python and all its children would ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Each is a London, or some of its authorities, built once: all tests that use it run in one process. The longest first, so
# that no process idles.
LONDONS = ("clean_london", "canary_london", "told")
LONG_FILES = ("test_order.py", "test_dbt.py", "test_kill.py")


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups afterwards
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group tests by the London they use, all others by file, and put the groups that take longest first."""
    for item in items:
        # by name, or as the parameter of a test that asks for each
        used = [london for london in LONDONS if london in getattr(item, "fixturenames", ()) or f"[{london}]" in item.nodeid]
        item.add_marker(pytest.mark.xdist_group(used[0] if used else item.path.name))
    items.sort(key=_turn)


@pytest.fixture(scope="session", autouse=True)
def _read_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Side by side or not, the processes of one run have one folder in common."""
    base = tmp_path_factory.getbasetemp()
    parsed.place = base.parent if base.name.startswith("popen-") else base


def _turn(item: pytest.Item) -> tuple[int, str]:
    group = item.get_closest_marker("xdist_group").args[0]
    first = (*LONDONS, *LONG_FILES)
    return (first.index(group) if group in first else len(first), group)
