"""What every part of the simulation shares about one chunk: its leads, log, staff and process.
A holder of references and running numbers; it simulates nothing.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ingest.simulate.activity_log import ActivityLog
from ingest.simulate.clock import Span
from ingest.simulate.outcomes import Won
from ingest.simulate.people import Leads
from ingest.simulate.process import Process
from ingest.simulate.reps import Roster


@dataclass
class Numbers:
    """Running numbers of the company's records, through all chunks."""

    activities: int = 1
    opportunities: int = 1
    contracts: int = 1


@dataclass
class World:
    """One chunk of leads and what surrounds it. `lead` is everywhere a place in the chunk.

    `won` gathers the opportunities won in it, also those that will be won after the company's end.
    """

    rng: np.random.Generator
    span: Span
    leads: Leads
    log: ActivityLog
    roster: Roster
    process: Process
    numbers: Numbers
    won: list[Won] = field(default_factory=list)

    def rep(self, team: str, lead: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Who of the team looks after each lead at that moment, -1 for nobody."""
        return self.roster.on_duty(team, at, self.leads.key[lead])

    def developer(self, lead: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.int64]:
        """The inside sales rep of each lead: inbound or outbound by its source."""
        inbound = self.rep("inbound_sr", lead, at)
        return np.where(self.leads.is_outbound[lead], self.rep("outbound_ebr", lead, at), inbound)

    def seller(self, lead: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.int64]:
        """The account executive of each lead, by its segment."""
        small = self.rep("smb_ae", lead, at)
        large = self.rep("enterprise_ae", lead, at)
        return np.where(self.leads.segment[lead] == 0, small, large)
