"""Ctrl-C that is never lost."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def noticed() -> Iterator[Callable[[], None]]:
    """Gives a function that raises KeyboardInterrupt once Ctrl-C has been pressed; to be called between steps.

    Python raises it at once as well, but where it strikes inside a library's own imports or callbacks the library may drop
    it, or turn it into another error (DuckDB does both): the first is made good by the next call, the second here.
    """
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield lambda: None
        return
    was_pressed = False

    def press(_number: int, _frame: FrameType | None) -> None:
        nonlocal was_pressed
        was_pressed = True
        raise KeyboardInterrupt

    def raise_if_pressed() -> None:
        if was_pressed:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, press)
    try:
        yield raise_if_pressed
    except Exception:
        raise_if_pressed()
        raise
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def ignored() -> Iterator[None]:
    """Processes started here ignore Ctrl-C from their first instruction on: it is the parent's affair."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
