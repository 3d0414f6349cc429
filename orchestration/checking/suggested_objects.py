"""Objects of a suggested mapping for files of a CRM without a mapping: what they are is told by `strangers`.

An object is written as a person would: plain columns, tables of the values that were seen, and for a deal a rule for
each thing that happened to it.
"""

import re
from collections.abc import Sequence

from ingest.feeds import FEEDS
from orchestration.checking.references import ident, lead_of, opportunity_of, person_objects
from orchestration.checking.strangers import FEED_OF, KEYS, Stranger, anchor_of, currency_of, language_of
from orchestration.checking.suggested_deals import DealRules
from orchestration.checking.suggested_names import pattern_of
from orchestration.checking.suggested_values import SuggestedTables
from orchestration.checking.vocabulary import Vocabulary
from orchestration.checking.yaml_edits import comment, plain, quoted

UNDECIDED = "?"
# What a buyer does is done by none of us.
_BUYERS = "is_buyer_act"
_OURS = "sales"
_COLUMN = " " * 10
# The tables that the columns of a feed are listed in.
_TABLES = {
    "industry": "industries",
    "lead_source": "sources",
    "activity_type": "types",
    "outcome": "results",
    "reason": "reasons",
}


class Suggestion:
    """The objects for files that belong together, and the tables that they share."""

    def __init__(self, files: Sequence[Stranger], vocabulary: Vocabulary, tables: SuggestedTables) -> None:
        self._files = files
        self._vocabulary = vocabulary
        self._tables = tables
        self._people = person_objects(files)

    def objects(self) -> str:
        """The YAML of all objects, as it stands below `objects:`."""
        return "\n".join(self._object(one) for one in self._files)

    def _object(self, one: Stranger) -> str:
        rules = self._rules(one)
        patterns = ", ".join(sorted({quoted(pattern_of(path)) for path in one.paths}))
        lines = [
            f"  {plain(one.name)}:",
            f"    files: {f'[{patterns}]' if ', ' in patterns else patterns}",
            f"    key: {self._key(one)}",
        ]
        if "updated_at" in one.columns:
            lines.append(f"    version: {quoted(one.columns['updated_at'])}")
        lines += ["    rows:", *rules] if rules else []
        text = "\n".join(lines)
        unused = [header for header in one.headers if quoted(header) not in text]
        if unused:
            lines.append(f"    # not used: {', '.join(map(comment, unused))}")
        return "\n".join(lines) + "\n"

    def _rules(self, one: Stranger) -> list[str]:
        if one.kind == "companies":
            return []
        if one.kind == "deals":
            kinds = [other.kind for other in self._files]
            return DealRules(one, self._people, kinds, self._vocabulary, self._tables).lines()
        return self._rows(one)

    def _key(self, one: Stranger) -> str:
        """What tells two rows of an object apart: its id, else what names it."""
        if (header := one.columns.get(KEYS[one.kind])) is not None:
            return quoted(header) + self._doubt(one, KEYS[one.kind])
        if one.kind == "contacts":
            return ident(one) or quoted(UNDECIDED)
        return self._named(one) or f"{quoted(UNDECIDED)}  # ? name the column that tells two rows apart"

    def _named(self, one: Stranger) -> str | None:
        """What names a row that has no id: its name, or whose it is, when, and what."""
        names = {
            "companies": ["company_name"],
            "deals": ["company_name", "deal_name"],
            "activities": ["email", "contact_name", "company_name", "occurred_at", "activity_type"],
            "contracts": ["company_name", "signed_at"],
        }[one.kind]
        parts = [quoted(one.columns[name]) for name in names if name in one.columns]
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else f"{{join: [{', '.join(parts)}], with: /}}"

    @staticmethod
    def _doubt(one: Stranger, column: str) -> str:
        return "  # ? by what it holds" if column in one.guessed else ""

    def _rows(self, one: Stranger) -> list[str]:
        """The rules of a file each row of which is a row of one feed."""
        feed = FEED_OF[one.kind]
        filled = {"leads": self._lead, "activities": self._activity, "contracts": self._contract}[feed](one)
        columns = []
        for column in FEEDS[feed].columns:
            if column.name in filled:
                columns.append(f"{_COLUMN}{column.name}: {filled[column.name]}")
            elif column.required:
                told = f"name the column: {column.about}"
                columns.append(f"{_COLUMN}{column.name}: {quoted(UNDECIDED)}  # ? {told}")
        if feed == "activities":
            return self._with_actors(one, columns, filled)
        more = self._lifecycle(one, filled) if feed == "leads" else []
        return [f"      - feed: {feed}", "        columns:", *columns, *more]

    def _plainly(self, one: Stranger, feed: str) -> dict[str, str]:
        """The columns of a feed that a file has as they are, or through a table."""
        filled = {}
        for column in FEEDS[feed].columns:
            if (header := one.columns.get(column.name)) is None:
                continue
            value = quoted(header)
            if column.type == "country":
                value = f"{{column: {value}, as: country}}"
            elif column.type == "boolean" or column.name in _TABLES:
                value = self._tables.through(_TABLES.get(column.name, column.name), one, header, column.name)
            elif column.name in ("owner_id", "actor_id"):
                value = self._tables.through("owners", one, header, "owner_id")
            elif column.name == "company_domain":
                value = f"{{column: {value}, as: domain}}"
            elif column.type == "date":
                value = f"{{column: {value}, as: day}}"
            filled[column.name] = value + self._doubt(one, column.name)
        return filled

    def _lead(self, one: Stranger) -> dict[str, str]:
        filled = self._plainly(one, "leads")
        columns = one.columns
        if "lead_id" not in filled and (own := ident(one)) is not None:
            filled["lead_id"] = own
        if "email" in columns:
            by_mail = f"{{column: {quoted(columns['email'])}, as: domain}}"
            website = columns.get("company_domain")
            filled["company_domain"] = (
                f"{{column: {quoted(website)}, as: domain, default: {by_mail}}}" if website else by_mail
            )
        order = ("family_name", "given_name") if language_of(one.headers) else ("given_name", "family_name")
        names = [columns[name] for name in order if name in columns]
        if "full_name" not in columns and names:
            filled["full_name"] = f"{{join: [{', '.join(map(quoted, names))}]}}"
        elif "contact_name" in columns:
            filled["full_name"] = quoted(columns["contact_name"])
        companies = next((other for other in self._files if other.kind == "companies"), None)
        if companies is not None and {"company_name"} <= columns.keys() & companies.columns.keys():
            for column in ("company_domain", "industry", "employee_count", "country"):
                if column in companies.columns and column not in columns:
                    change = {"company_domain": ", as: domain", "country": ", as: country"}.get(column, "")
                    take = f"{{column: {quoted(companies.columns[column])}{change}}}"
                    on = quoted(companies.columns["company_name"])
                    by = quoted(columns["company_name"])
                    filled[column] = f"{{lookup: {{object: {companies.name}, by: {by}, on: {on}, take: {take}}}}}"
        return filled

    def _lifecycle(self, one: Stranger, filled: dict[str, str]) -> list[str]:
        """What marketing or sales has made of a person, as the file says it now."""
        header = one.columns.get("status")
        stages = {self._vocabulary.nearest("lead_stage", value) for value in one.values(header)} if header else set()
        known = sorted(stages - {None})
        if header is None or not known:
            return []
        stage = self._tables.through("lead_stages", one, header, "lead_stage")
        return [
            "      # What became of a person, since no column tells when: from the beginning.",
            "      - feed: activities",
            f"        when: [{{is: {stage}, in: [{', '.join(map(str, known))}]}}]",
            "        columns:",
            f"{_COLUMN}activity_id: {{join: [{filled['lead_id'].partition('  #')[0]}, {{constant: stage}}], with: /}}",
            f"{_COLUMN}lead_id: {filled['lead_id']}",
            f"{_COLUMN}activity_type: {{constant: stage_changed}}",
            f"{_COLUMN}occurred_at: {filled.get('created_at', quoted(UNDECIDED))}",
            f"{_COLUMN}stage: {stage}",
        ]

    def _activity(self, one: Stranger) -> dict[str, str]:
        filled = self._plainly(one, "activities")
        if "activity_id" not in filled and (named := self._named(one)) is not None:
            filled["activity_id"] = named
        if "lead_id" not in filled and (lead := lead_of(one, self._people)) is not None:
            filled["lead_id"] = lead
        if "opportunity_id" not in filled and (deal := opportunity_of(one, self._people)) is not None:
            filled["opportunity_id"] = deal
        if "activity_type" not in filled:
            kind = next((near for path in one.paths if (near := self._called(path.stem))), None)
            filled["activity_type"] = (
                f"{{constant: {kind}}}  # ? by the name of the file" if kind else "{constant: note}  # ? what they are"
            )
        return filled

    def _called(self, name: str) -> str | None:
        return self._vocabulary.nearest("activity_type", re.sub(r"[\d_-]+", " ", name))

    def _with_actors(self, one: Stranger, columns: list[str], filled: dict[str, str]) -> list[str]:
        """The rule of activities; where buyers act too, who of us did it is said of what we did alone."""
        header = one.columns.get("activity_type")
        seeds = self._vocabulary.seeds["activity_types"]
        buyers = {row["activity_type"] for row in seeds if row[_BUYERS] == "true" and row["category"] != _OURS}
        near = {self._vocabulary.nearest("activity_type", value) for value in one.values(header)} if header else set()
        theirs = sorted(buyers & near)
        actor = f"{_COLUMN}actor_id: {filled.get('actor_id', '')}"
        if not theirs or "actor_id" not in filled:
            return ["      - feed: activities", "        columns:", *columns]
        kind = filled["activity_type"]
        return [
            "      # What a buyer did names none of us: by what we did the time to our answer is measured.",
            "      - feed: activities",
            f"        when: [{{is: {kind}, in: [{', '.join(theirs)}]}}]",
            f"        columns: &{anchor_of(one)}",
            *(line for line in columns if line != actor),
            "      - feed: activities",
            f"        when: [{{is: {kind}, not_in: [{', '.join(theirs)}]}}]",
            "        columns:",
            f"{_COLUMN}<<: *{anchor_of(one)}",
            actor,
        ]

    def _contract(self, one: Stranger) -> dict[str, str]:
        filled = self._plainly(one, "contracts")
        columns = one.columns
        lead = lead_of(one, self._people)
        if lead is not None:
            filled.setdefault("lead_id", lead)
        customer = columns.get("customer_id") or columns.get("company_name")
        if customer is not None:
            filled["customer_id"] = quoted(customer)
        for column, other in (("signed_at", "starts_on"), ("starts_on", "signed_at")):
            if column not in columns and other in columns:
                filled[column] = filled[other]
        if "mrr" not in filled and "amount" in columns:
            filled["mrr"] = f"{{column: {quoted(columns['amount'])}, divide_by: 12}}  # ? a twelfth of a year's amount"
        if "opportunity_id" not in filled and (deal := opportunity_of(one, self._people)) is not None:
            filled["opportunity_id"] = deal
        money = columns.get("mrr") or columns.get("amount")
        if "currency" not in filled and money is not None and (told := currency_of(one, money)) is not None:
            filled["currency"] = told
        return filled
