"""How a program ends that somebody stops: what it has started is ended, and a line says so."""

import signal
import sys
from collections.abc import Callable
from typing import NoReturn

_TERMINATED = 143
_INTERRUPTED = 130


def exit_by(main: Callable[[], int], said_if_interrupted: str) -> NoReturn:
    """Run a program, and end with its exit code, or with the one of the signal that stopped it.

    A signal unwinds as an exception: children are ended and unfinished folders removed.
    """
    end_by_sigterm()
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print(f"interrupted; {said_if_interrupted}", file=sys.stderr)
        sys.exit(_INTERRUPTED)


def end_by_sigterm() -> None:
    """Have the usual signal to end unwind, too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
