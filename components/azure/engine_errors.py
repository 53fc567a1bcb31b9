"""Our own errors as the engine prints them: their text alone, without a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import pulumi

from ..model.errors import TransferError


@contextmanager
def without_traceback() -> Iterator[None]:
    """Raise an error of ours as a `pulumi.RunError`, which has it as its cause.

    A decorator too: for a constructor, and for what an output is applied to, as that runs after
    the constructor has ended.
    """
    try:
        yield
    except TransferError as error:
        raise pulumi.RunError(str(error)) from error
