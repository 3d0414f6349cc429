"""The simulated company as it grows, chunk of leads by chunk, and which file each row goes to.
What happens to leads is decided in the modules it calls.
"""

import itertools
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.simulate import customers, journeys, mishaps, outcomes, people, spoiled
from ingest.simulate.activity_log import SCHEMA, ActivityLog
from ingest.simulate.clock import Span, as_text
from ingest.simulate.companies import make_companies
from ingest.simulate.contracts import Row as ContractRow
from ingest.simulate.landing import Landing
from ingest.simulate.process import Process
from ingest.simulate.reps import Roster
from ingest.simulate.world import Numbers, World

_BAD_ROWS_SHARE = 0.002
_BAD_ROWS_AT_LEAST = 40
_MOBILE_SHARE = 0.005


class Company:
    """Grows chunk by chunk; between chunks only running numbers, open files and the wins are kept."""

    def __init__(self, leads: int, seed: int, span: Span, roster: Roster, process: Process, landing: Landing) -> None:
        self._leads, self._seed, self._span, self._roster = leads, seed, span, roster
        self._process, self._landing = process, landing
        self._numbers = Numbers()
        self.wins: list[outcomes.Win] = []
        self._companies = make_companies(np.random.default_rng([seed]), leads)

    def grow(self, part: int, first: int, count: int) -> None:
        """Simulate leads number `first` .. `first + count` and write all that they did.

        `part`, from 1, names their files and seeds their chance.
        """
        rng = np.random.default_rng([self._seed, part])
        leads = people.make_leads(
            rng, self._companies, self._roster, self._span, self._process.demand, first, count, self._leads
        )
        world = World(rng, self._span, leads, ActivityLog(self._span), self._roster, self._process, self._numbers)
        wins = journeys.walk(world)
        contracts = customers.sell(world, wins, is_first_chunk=part == 1)
        self.wins += outcomes.wins_before(self._span.end, world.won, leads.segment)
        self._write_leads(rng, leads, part)
        self._write_activities(world, part)
        self._write_contracts(rng, contracts, part)

    def end(self) -> None:
        """Finish the last file as an interrupted export would: within an open quote."""
        at = as_text(self._span.end - 14 * 3600)
        line = f'A-torn,L00000001,page_view,"{at}\r\nA-lost,L00000001,page_view\r\n'.encode()
        self._landing.append_bad("activities/late.csv", [(line, spoiled.UNPARSEABLE)])

    def _write_leads(self, rng: np.random.Generator, leads: people.Leads, part: int) -> None:
        from_partners = [row for row in leads.rows if row["lead_source"] == "partner"]
        others = [row for row in leads.rows if row["lead_source"] != "partner"]
        self._landing.append_csv(f"leads/leads-{part:05d}.csv", people.COLUMNS, others)
        self._landing.append_json("leads/partners.jsonl", map(_partner_row, from_partners))
        name = "leads/corrections.csv.gz"
        self._landing.append_csv(name, people.COLUMNS, mishaps.lead_versions(rng, leads, self._span))
        bad = spoiled.leads(leads.rows, people.COLUMNS, _start(part))
        self._append_bad(name, bad, part, len(leads.rows))

    def _write_activities(self, world: World, part: int) -> None:
        rng, leads = world.rng, world.leads
        table = world.log.table(leads.ids, self._roster.rep_ids, self._numbers.activities)
        self._numbers.activities += table.num_rows
        table, late = mishaps.activity_versions(rng, table, leads, self._span)
        is_mobile = pa.array(rng.random(table.num_rows) < _MOBILE_SHARE)
        mobile = table.filter(is_mobile).to_pylist()
        self._landing.append_json("activities/mobile.jsonl.gz", map(_known, mobile))
        table = table.filter(pc.invert(is_mobile))
        wrong, reasons = spoiled.parquet_activities(table)
        self._landing.write_parquet(f"activities/activities-{part:05d}.parquet", pa.concat_tables([table, wrong]))
        for reason in reasons:
            self._landing.bad_rows["activities"][reason] += 1
        name = "activities/late.csv"
        self._landing.append_csv(name, SCHEMA.names, late)
        bad = spoiled.activities(late, SCHEMA.names, _start(part))
        self._append_bad(name, bad, part, table.num_rows)

    def _write_contracts(self, rng: np.random.Generator, rows: list[ContractRow], part: int) -> None:
        self._landing.append_json(f"contracts/contracts-{part:05d}.jsonl", rows)
        name = "contracts/corrections.jsonl"
        self._landing.append_json(name, mishaps.contract_versions(rng, rows, self._span))
        self._append_bad(name, spoiled.contracts(rows, _start(part)), part, len(rows))

    def _append_bad(self, name: str, bad: Iterator[spoiled.Spoiled], part: int, rows: int) -> None:
        """Every kind of bad row once in the first chunk, two per mille of the rows in all."""
        count = max(_BAD_ROWS_AT_LEAST if part == 1 else 0, int(rows * _BAD_ROWS_SHARE))
        self._landing.append_bad(name, itertools.islice(bad, count))


def _start(part: int) -> int:
    """The number of a chunk's first bad row: ids differ, and small chunks go on with the kinds."""
    return part * 100_003


def _partner_row(row: people.Row) -> dict[str, object]:
    """A lead as the partners' portal sends it: typed, without empty values, one column more."""
    known: dict[str, object] = {name: value for name, value in row.items() if value}
    if "employee_count" in known:
        known["employee_count"] = int(row["employee_count"])
    known["opted_out"] = row["opted_out"] == "true"
    return known | {"partner_tier": "gold" if row["lead_id"].endswith("7") else "silver"}


def _known(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if value is not None}
