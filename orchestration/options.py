"""Options that several commands share: folders, files, and moments in the forms that feeds may use.

Which command has which is said in `cli`.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

FOLDER = click.Path(path_type=Path)
FILE = click.Path(path_type=Path, dir_okay=False)
LANDING = click.option(
    "--landing", type=FOLDER, help="Folder of the feeds' folders and of exports. [REVLOOP_LANDING, ./landing]"
)
DATA = click.option("--data", type=FOLDER, help="Folder for everything a run makes. [REVLOOP_DATA, ./data]")
MAPPINGS = click.option(
    "--mappings", type=FOLDER, help="Folder of your own mappings, which count first. [REVLOOP_MAPPINGS]"
)


class Timestamp(click.ParamType):
    """A timestamp in the forms that feeds may use."""

    name = "timestamp"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        from orchestration.timestamps import parse_timestamp

        try:
            return value if isinstance(value, datetime) else parse_timestamp(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
