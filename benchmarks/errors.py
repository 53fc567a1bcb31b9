"""What ends a benchmark."""


class BenchmarkError(Exception):
    """A measurement cannot be made; the message says why and what to do."""
