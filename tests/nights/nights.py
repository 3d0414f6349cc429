"""Night after night on one data folder, in this process and without Dagster.

What the nights are to show belongs to the tests that run them.
"""

import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orchestration import steps
from orchestration.dbt_runner import DbtProject
from orchestration.parts import SEEDS
from orchestration.refresh import begin, dbt_project
from orchestration.request import Request
from orchestration.settings import Settings
from tests.conftest import Workplace


class Nights:
    """One data folder, night after night, in this process and without Dagster."""

    def __init__(self, workplace: Workplace) -> None:
        self.workplace = workplace
        self.settings = Settings(
            project=workplace.project,
            landing=workplace.landing,
            data=workplace.data,
            memory_limit="2GB",
            dagster_home=None,
            command="a test",
        )
        self.project: DbtProject = dbt_project(self.settings)
        self.told: list[str] = []

    def run(self, as_of: datetime, *, known_at: datetime | None = None, dies_after: str | None = None) -> None:
        """One night; it may die after a step."""
        request = Request(as_of=as_of, known_at=known_at)
        with begin(self.settings, request, self.project, self.told.append) as refresh:
            steps.build(refresh, SEEDS).require_passed()
            steps.ingest(refresh, self.settings.landing)
            if dies_after == "ingest":
                return
            steps.transform(refresh)
            if dies_after == "transform":
                return
            steps.publish(refresh)

    def killed(self, as_of: datetime, seconds: float) -> None:
        """A night of its own process, killed after so many seconds, wherever it is."""
        process = self.workplace.start("refresh", "--as-of", as_of.isoformat())
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.communicate()

    def go_by(self, process: dict[Path, str]) -> None:
        """Let seeds and vars be these, as another night found them."""
        for path, text in process.items():
            path.write_text(text, encoding="utf-8")
        self.project = dbt_project(self.settings)

    def process(self) -> dict[Path, str]:
        """The seeds and vars as they are."""
        paths = [*self.workplace.project.glob("seeds/**/*.csv"), self.workplace.project / "dbt_project.yml"]
        return {path: path.read_text(encoding="utf-8") for path in paths}

    def change_seed(self, seed: str, row: str) -> None:
        """One more row in a seed."""
        self.workplace.add_row(seed, row)
        self.project = dbt_project(self.settings)

    def change_var(self, name: str, value: str) -> None:
        """Another value of a var."""
        self.workplace.set_var(name, value)
        self.project = dbt_project(self.settings)

    def rebuilt(self, as_of: datetime, known_at: datetime | None = None) -> dict[str, tuple[int, int]]:
        """The marts as a whole rebuild makes them."""
        out = self.workplace.folder / "rebuilt.duckdb"
        steps.write_marts(self.settings, Request(as_of=as_of, known_at=known_at), out, self.told.append)
        return self.workplace.fingerprint(out)

    def known_at(self) -> datetime:
        """Up to when the last published night knew."""
        [(known_at,)] = self.workplace.rows("select epoch_us(max(known_at)) from marts.fct_refreshes")
        return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=known_at)
