"""The rules for the deals of a CRM without a mapping: when one was made, the phase it is in, and how it ended."""

from collections.abc import Iterator, Mapping, Sequence

from orchestration.checking.references import ident, lead_of
from orchestration.checking.strangers import Stranger, anchor_of, currency_of, is_date
from orchestration.checking.suggested_values import SuggestedTables
from orchestration.checking.vocabulary import DEAL, PHASE, Vocabulary
from orchestration.checking.words import bare, folded
from orchestration.checking.yaml_edits import quoted

UNDECIDED = "?"
_COLUMN = " " * 10


class DealRules:
    """The rules of one file of deals, among files of which some may tell of people or of contracts."""

    def __init__(
        self,
        one: Stranger,
        people: Mapping[str, Stranger],
        kinds: Sequence[str],
        vocabulary: Vocabulary,
        tables: SuggestedTables,
    ) -> None:
        self._one = one
        self._columns = {column: quoted(header) for column, header in one.columns.items()}
        self._people = people
        self._has_contracts = "contracts" in kinds
        self._vocabulary = vocabulary
        self._tables = tables
        self._key = self._columns.get("deal_id") or self._columns.get("deal_name") or quoted(UNDECIDED)
        self._anchor = anchor_of(one)
        self._stage, self._outcome = self._stage_columns()

    def lines(self) -> list[str]:
        """The rules as YAML."""
        return [*self._people_of(), *self._made(), *self._phases(), *self._ends(), *self._contracts()]

    def _stage_columns(self) -> tuple[str | None, str | None]:
        """The column of the phase that a deal is in, and the one that says whether it is won or lost."""
        stage, status = self._one.columns.get("stage"), self._one.columns.get("status")

        def closed(header: str | None) -> int:
            return len({near for value in self._one.values(header) if (near := self._near(value))}) if header else -1

        return stage or status, status if closed(status) > closed(stage) else stage or status

    def _near(self, value: str) -> str | None:
        return self._vocabulary.nearest(DEAL, value)

    def _people_of(self) -> Iterator[str]:
        """Where no file tells of people, the deals name them: each as old as the first deal."""
        own = ident(self._one)
        if "contacts" in self._people or own is None:
            return
        yield "      # No file tells of people, so they are those of the deals, known since the first."
        yield "      - feed: leads"
        yield "        columns:"
        yield f"{_COLUMN}lead_id: {own}"
        created = self._columns.get("created_at", quoted(UNDECIDED))
        eldest = f"{{lookup: {{object: {self._one.name}, by: {own}, on: {own}, take: {created}, first: [{created}]}}}}"
        yield f"{_COLUMN}created_at: {eldest}"
        yield f"{_COLUMN}updated_at: {self._columns.get('updated_at', created)}"
        for column, name in (("email", "email"), ("full_name", "contact_name"), ("company_name", "company_name")):
            if name in self._columns:
                yield f"{_COLUMN}{column}: {self._columns[name]}"
        if "email" in self._columns:
            yield f"{_COLUMN}company_domain: {{column: {self._columns['email']}, as: domain}}"
        if (owner := self._owner()) is not None:
            yield f"{_COLUMN}owner_id: {owner}"

    def _owner(self) -> str | None:
        header = self._one.columns.get("owner_id")
        return None if header is None else self._tables.through("owners", self._one, header, "owner_id")

    def _currency(self) -> str | None:
        if (header := self._one.columns.get("currency")) is not None:
            return self._tables.through("currencies", self._one, header, "currency")
        return currency_of(self._one, self._one.columns["amount"]) if "amount" in self._one.columns else None

    def _made(self) -> Iterator[str]:
        """That a deal was made; all else that happens to it has the same columns."""
        columns = self._columns
        lead = lead_of(self._one, self._people) or f"{quoted(UNDECIDED)}  # ? name the column of its contact"
        close = columns.get("expected_close_on")
        filled = {
            "activity_id": f"{{join: [{self._key}, {{constant: 0-created}}], with: /}}",
            "lead_id": lead,
            "activity_type": "{constant: opportunity_created}",
            "occurred_at": columns.get("created_at", f"{quoted(UNDECIDED)}  # ? name the column of when it was made"),
            "updated_at": columns.get("updated_at"),
            "opportunity_id": self._key,
            "amount": columns.get("amount"),
            "currency": self._currency(),
            "expected_close_on": f"{{column: {close}, as: day}}" if close else None,
            "actor_id": self._owner(),
        }
        yield "      # Of rows of one instant the activity_id says what came first."
        yield "      - feed: activities"
        yield f"        columns: &{self._anchor}"
        yield from (f"{_COLUMN}{column}: {value}" for column, value in filled.items() if value)

    def _phases(self) -> Iterator[str]:
        """The phases that a deal went through, as far as columns tell, and the one that it is in."""
        if self._stage is None:
            return
        phase = self._tables.through("phases", self._one, self._stage, PHASE, lambda value: not self._near(value))
        table = phase.partition("table: ")[2].rstrip("}")
        dated = dict(self._dated_phases()) if table else {}
        if dated:
            yield "      # The phases of which a column tells when a deal came there."
            yield "      - feed: activities"
            yield "        for:"
            for value, header in dated.items():
                yield f"          - {{stage: {quoted(value)}, entered: {quoted(header)}}}"
            yield "        when: [{has: {column: {each: entered}}}]"
            yield "        columns:"
            yield f"{_COLUMN}<<: *{self._anchor}"
            each = f"{{each: stage, table: {table}}}"
            yield f'{_COLUMN}activity_id: {{join: [{self._key}, {{constant: "1"}}, {each}], with: /}}'
            yield f"{_COLUMN}activity_type: {{constant: opportunity_phase_changed}}"
            yield f"{_COLUMN}occurred_at: {{column: {{each: entered}}}}"
            yield f"{_COLUMN}stage: {each}"
        since = self._columns.get("stage_since")
        told = ": no column tells since when, so from its beginning" if since is None else ", since it came there"
        yield f"      # The phase that a deal is in{told}."
        yield "      - feed: activities"
        yield f"        when: [{{has: {quoted(self._stage)}}}, {{is: {self._outcomes()}, not_in: [won, lost]}}]"
        yield "        columns:"
        yield f"{_COLUMN}<<: *{self._anchor}"
        yield f'{_COLUMN}activity_id: {{join: [{self._key}, {{constant: "1"}}, {phase}], with: /}}'
        yield f"{_COLUMN}activity_type: {{constant: opportunity_phase_changed}}"
        if since is not None:
            made = self._columns.get("created_at")
            yield f"{_COLUMN}occurred_at: {{column: [{since}{f', {made}' if made else ''}]}}"
        yield f"{_COLUMN}stage: {phase}"

    def _dated_phases(self) -> Iterator[tuple[str, str]]:
        """The stages of open deals that a column of dates is named after, which nothing else is read from."""
        assert self._stage is not None
        stages = sorted({value.strip() for value in self._one.values(self._stage) if not self._near(value)}, key=len)
        for header in self._one.unnamed:
            values = list(self._one.values(header))
            named = [value for value in stages if folded(value) and folded(value) in folded(bare(header))]
            if named and values and all(map(is_date, values)):
                yield named[-1], header

    def _outcomes(self) -> str:
        assert self._outcome is not None
        return self._tables.through("outcomes", self._one, self._outcome, DEAL, lambda value: bool(self._near(value)))

    def _ends(self) -> Iterator[str]:
        """That a deal was won or lost, and, where exports tell of changes, that it is open again."""
        if self._outcome is None:
            return
        outcome = self._outcomes()
        for state, own in (("won", "won_at"), ("lost", "lost_at")):
            dates = self._dates(own)
            yield f"      # A deal that was {state}."
            yield "      - feed: activities"
            yield f"        when: [{{is: {outcome}, in: [{state}]}}]"
            yield f"        columns: &{self._anchor}_{state}"
            yield f"{_COLUMN}<<: *{self._anchor}"
            yield f"{_COLUMN}activity_id: {{join: [{self._key}, {{constant: 2-closed}}], with: /}}"
            yield f"{_COLUMN}activity_type: {{constant: opportunity_{state}}}"
            if dates:
                doubt = "" if self._is_told(own) else f"  # ? name the column of when it was {state}"
                yield f"{_COLUMN}occurred_at: {{column: [{', '.join(dates)}]}}{doubt}"
            if state == "lost" and (header := self._one.columns.get("reason")) is not None:
                yield f"{_COLUMN}reason: {self._tables.through('reasons', self._one, header, 'reason')}"
        if "updated_at" in self._columns:
            yield "      # What an earlier export said of its end, where it is open again."
            yield "      - feed: activities"
            yield f"        when: [{{is: {outcome}, not_in: [won, lost]}}]"
            yield "        columns:"
            yield f"{_COLUMN}<<: *{self._anchor}_lost"
            yield f'{_COLUMN}is_deleted: {{constant: "true"}}'

    def _is_told(self, own: str) -> bool:
        """Whether a column tells when a deal was won, or lost."""
        return own in self._columns or "closed_at" in self._columns

    def _dates(self, own: str) -> list[str]:
        """The columns of when a deal came to its end, of which the first with a value counts."""
        is_any_told = {"won_at", "lost_at", "closed_at"} & self._columns.keys()
        expected = () if is_any_told else ("expected_close_on",)
        names = (own, "closed_at", *expected, "updated_at", "created_at")
        return [self._columns[name] for name in names if name in self._columns]

    def _contracts(self) -> Iterator[str]:
        """Where no file tells of contracts, a deal won is taken for one of a year."""
        if self._has_contracts or self._outcome is None or "amount" not in self._columns:
            return
        columns = self._columns
        dates = self._dates("won_at")
        if not dates:
            return
        signed = dates[0] if len(dates) == 1 else f"[{', '.join(dates)}]"
        lead = lead_of(self._one, self._people)
        customer = columns.get("company_name") or lead or quoted(UNDECIDED)
        filled = {
            "contract_id": f"{{join: [{self._key}, {{constant: contract}}], with: /}}",
            "customer_id": customer,
            "signed_at": f"{{column: {signed}}}",
            "starts_on": f"{{column: {signed}, as: day}}",
            "ends_on": f"{{column: {signed}, as: day, plus: {{months: 12, days: -1}}}}",
            "mrr": f"{{column: {columns['amount']}, divide_by: 12}}",
            "updated_at": columns.get("updated_at"),
            "lead_id": lead,
            "opportunity_id": self._key,
            "currency": self._currency(),
            "owner_id": self._owner(),
        }
        outcome = self._outcomes()
        yield "      # No file tells of contracts: what was won is taken for a contract of twelve months, of"
        yield "      # a twelfth of its amount each. Take this out where contracts come from elsewhere."
        yield "      - feed: contracts"
        yield f"        when: [{{is: {outcome}, in: [won]}}, {{has: {columns['amount']}}}]"
        yield f"        columns: &{self._anchor}_contract"
        yield from (f"{_COLUMN}{column}: {value}" for column, value in filled.items() if value)
        if "updated_at" in columns:
            yield "      - feed: contracts"
            yield f"        when: [{{is: {outcome}, not_in: [won]}}, {{has: {columns['amount']}}}]"
            yield "        columns:"
            yield f"{_COLUMN}<<: *{self._anchor}_contract"
            yield f'{_COLUMN}is_deleted: {{constant: "true"}}'
