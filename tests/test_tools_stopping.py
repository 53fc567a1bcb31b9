"""A program of tools or judges that somebody stops cleans up, and ends by the signal's code."""

import signal
import subprocess
import sys

import pytest
from conftest_emulator import ROOT

PROGRAM = """
import signal
from tools.stopping import exit_by

def main():
    try:
        print("begun", flush=True)
        signal.pause()
    finally:
        print("cleaned up")

exit_by(main, "nothing is left")
"""


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [(signal.SIGINT, 130, "interrupted; nothing is left\n"), (signal.SIGTERM, 143, "")],
)
def test_a_program_that_is_stopped_cleans_up_and_tells_its_exit_code(
    number: signal.Signals, code: int, said: str
) -> None:
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "begun\n"

        program.send_signal(number)

        output, errors = program.communicate(timeout=30)
    assert (program.returncode, output, errors) == (code, "cleaned up\n", said)
