"""The process of a command ends at once, with all that was said and all that was promised to be done at its end."""

import os
import subprocess
import sys

ENDING = """
import atexit, gc, sys
from orchestration import console

class Slow:
    def __del__(self):
        print("taken apart")

kept = Slow()
atexit.register(lambda: print("promised"))
print("said", end="")
console.end({code})
"""


def ended(code: int) -> tuple[int, str, str]:
    done = subprocess.run([sys.executable, "-c", ENDING.format(code=code)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_process_ends_with_its_code_and_keeps_its_promises() -> None:
    for code in (0, 1):
        assert ended(code) == (code, "saidpromised\n", "")


def test_a_reader_that_went_away_is_told_as_python_tells_it() -> None:
    script = "from orchestration import console; print('said'); console.end(0)"
    with subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONUNBUFFERED": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
        assert process.wait() == 120
