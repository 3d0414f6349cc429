"""A newcomer finds what there is: every command, every mart, every section that a link names."""

import re

from orchestration.cli import cli
from tests.dbt_runs import DBT_PROJECT
from tests.readme.questions import README

TEXT = README.read_text(encoding="utf-8")


def test_every_command_and_every_mart_is_named() -> None:
    marts = {path.stem for path in DBT_PROJECT.glob("models/marts/**/*.sql")}
    assert {mart for mart in marts if f"`{mart}`" not in TEXT} == set()
    assert {command for command in cli.commands if f"`revloop {command}" not in TEXT} == set()


def test_links_lead_to_sections() -> None:
    headings = re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    links = set(re.findall(r"\]\(#([^)]*)\)", TEXT))
    assert links
    assert links <= anchors


def test_the_first_line_makes_a_company_that_is_alive_today() -> None:
    first, _ = re.findall(r"^python3 -m venv .*$", TEXT, re.MULTILINE)
    assert first.endswith(
        '.venv/bin/revloop simulate --leads 2000 --until "$(date +%F)" --out landing && .venv/bin/revloop refresh'
    )
