"""The process of a command: its streams, its signals, and what its errors become, lines on stderr and an exit code.

Which commands there are is said in `cli`.
"""

import atexit
import gc
import locale
import logging
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import click
import duckdb

from ingest.errors import RevloopError

OBJECTS_BETWEEN_LOOKS = 100_000


def begin() -> None:
    """Prepare the process, once, before anything is run in it."""
    _speak_utf8()
    # Being asked to stop is an interruption, whoever asks.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Dagster and dbt make a million objects that stay: to look for garbage among them at every 700th takes a fifth of
    # a quiet refresh.
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)


def end(code: int) -> None:
    """End the process. What Dagster and dbt have made is not taken apart piece by piece: that takes a second."""
    atexit._run_exitfuncs()
    try:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except OSError:
        # Nobody reads any more; Python has its own way to say so.
        sys.exit(code)
    os._exit(code)


def run(command: click.Command, arguments: list[str]) -> int:
    """The command's exit code: 0 done, 1 refused or failed, 2 wrong usage."""
    with _log_shown():
        return _run(command, arguments)


def _run(command: click.Command, arguments: list[str]) -> int:
    try:
        return command.main(arguments, prog_name="revloop", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted")
    except RevloopError as error:
        return _fail(*error.causes)
    except OSError as error:
        return _fail(f"{error.filename or 'input or output'}: {error.strerror or error}; mend it and run again")
    except duckdb.Error as error:
        return _fail(f"{error}; mend it and run again")
    # The last resort: a fault of ours, told in one line and kept whole in a file.
    except Exception as error:  # noqa: BLE001
        with tempfile.NamedTemporaryFile(
            "w", prefix="revloop-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as story:
            traceback.print_exc(file=story)
        return _fail(f"unexpected {type(error).__name__}: {error}; please report it with {story.name}")


def _speak_utf8() -> None:
    """File names, seeds and what is said are UTF-8, whatever the locale says; a byte that is none is shown escaped.

    Python settles that when it starts, so it is started again, as the same process.
    """
    if locale.getencoding().lower() not in ("utf-8", "utf8") and not sys.flags.utf8_mode:
        os.execve(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]], {**os.environ, "PYTHONUTF8": "1"})
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")


@contextmanager
def _log_shown() -> Iterator[None]:
    """What happens below the commands, such as waiting for a file, is said as progress is."""
    log = logging.getLogger("revloop")
    handler = logging.Handler()
    handler.emit = lambda record: progress(record.getMessage())
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


def progress(line: str) -> None:
    """Say what is being done, to whoever watches."""
    click.echo(line, err=True)


def _fail(*causes: str) -> int:
    for cause in causes:
        click.echo(f"revloop: {' '.join(cause.split())}", err=True)
    return 1
