"""Which sinks there are: a sink is its own module and one entry here.

How a row travels is the affair of each sink's module, which is imported when the sink is opened.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ingest.errors import RevloopError
from orchestration.data_folder import DataFolder

if TYPE_CHECKING:
    from orchestration.outputs.sink import Sink


def open_sink(name: str, folder: DataFolder) -> "Sink":
    """The sink of that name; RevloopError if there is none."""
    if name not in SINKS:
        raise RevloopError(f"no sink {name!r}: there is {', '.join(SINKS)}")
    return SINKS[name](folder)


def _files(folder: DataFolder) -> "Sink":
    from orchestration.outputs.files import FilesSink

    return FilesSink(folder.delivered / FilesSink.name)


SINKS: Mapping[str, Callable[[DataFolder], "Sink"]] = {"files": _files}
