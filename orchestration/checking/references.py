"""How files of a CRM without a mapping find the person and the deal that they are about, as values of a mapping.

Which column names a person is told by what it holds: of two files the columns belong together that share values.
"""

from collections.abc import Iterator, Mapping, Sequence

from orchestration.checking.strangers import KEYS, REFERENCES, Stranger
from orchestration.checking.yaml_edits import quoted

# So much of a column must be found elsewhere to say whose its rows are.
_LEAST_SHARE = 0.05
# What the columns of a file of people are called there that others refer to.
_OF_PEOPLE = {"contact_id": "lead_id", "contact_name": "full_name"}


def person_objects(files: Sequence[Stranger]) -> Mapping[str, Stranger]:
    """The files that tell of people and of deals; where none is of people, those of deals name them."""
    found = {kind: next((one for one in files if one.kind == kind), None) for kind in ("contacts", "deals")}
    return {kind: one for kind, one in found.items() if one is not None}


def ident(one: Stranger) -> str | None:
    """The id of a person by a file that tells of people: its own, else the address, else the name."""
    columns = one.columns
    for column in ("lead_id", "contact_id"):
        if column in columns:
            return quoted(columns[column])
    if "email" in columns:
        return _lowered(columns["email"])
    names = [columns[name] for name in ("company_name", "full_name", "contact_name") if name in columns]
    if not names:
        return None
    return quoted(names[0]) if len(names) == 1 else f"{{join: [{', '.join(map(quoted, names))}], with: /}}"


def lead_of(one: Stranger, people: Mapping[str, Stranger]) -> str | None:
    """Whose the rows of a file are: by each column that tells it, the surest first."""
    target = people.get("contacts") or people.get("deals")
    if target is None or target is one:
        return ident(one)
    own = ident(target)
    if own is None:
        return ident(one)
    pairs = list(_shared(one, target))
    chain = [
        _first(one, header)
        if own == quoted(other)
        else _lowered(header)
        if own == _lowered(other)
        else _looked_up(target, header, other, own)
        for header, other in pairs
    ]
    named = [pair for pair in pairs if pair[1] == target.columns.get(_of("contact_name", target))]
    at = [pair for pair in pairs if pair[1] == target.columns.get("company_name")]
    if named and at:
        # A name alone may be another's, of another company.
        by, on = (f"{{join: [{quoted(named[0][place])}, {quoted(at[0][place])}], with: /}}" for place in (0, 1))
        chain[pairs.index(named[0])] = (
            f"{{lookup: {{object: {target.name}, by: {by}, on: {on}, take: {own}{_eldest(target)}}}}}"
        )
    deals = people.get("deals")
    if deals is not None and deals is not target and deals is not one and (key := _deal_in(one, deals)) is not None:
        by_deal = _chain([*_through_deal(deals, target, own, *key)])
        chain += [by_deal] if by_deal else []
    return _chain(chain) or ident(one)


def opportunity_of(one: Stranger, people: Mapping[str, Stranger]) -> str | None:
    """The deal that the rows of a file name, None where they name none."""
    deals = people.get("deals")
    if deals is None or deals is one:
        return quoted(one.columns["deal_id"]) if "deal_id" in one.columns and one.kind != "deals" else None
    found = _deal_in(one, deals)
    if found is None:
        return None
    header, other = found
    key = deals.columns.get(KEYS["deals"])
    return quoted(header) if key in (other, None) else _looked_up(deals, header, other, quoted(key))


def _deal_in(one: Stranger, deals: Stranger) -> tuple[str, str] | None:
    """A column of a file that names a deal, and the one of the deals that it is found in."""
    for column in ("deal_id", "deal_name"):
        header, other = one.columns.get(column), deals.columns.get(column)
        if header is not None and other is not None and one.shares(header, deals, other) >= _LEAST_SHARE:
            return header, other
    return None


def _through_deal(deals: Stranger, target: Stranger, own: str, header: str, other: str) -> Iterator[str]:
    """Whose a deal is that a file names."""
    for column, name in _shared(deals, target):
        found = (
            f"{{lookup: {{object: {deals.name}, by: {quoted(header)}, on: {quoted(other)}, take: {quoted(column)}}}}}"
        )
        if own == quoted(name):
            yield found
        elif own == _lowered(name):
            yield f"{found[:-1]}, as: lower}}"
        else:
            on = _lowered(name) if name == target.columns.get("email") else quoted(name)
            by = f"{found[:-1]}, as: lower}}" if on != quoted(name) else found
            yield f"{{lookup: {{object: {target.name}, by: {by}, on: {on}, take: {own}{_eldest(target)}}}}}"


def _shared(one: Stranger, target: Stranger) -> Iterator[tuple[str, str]]:
    """The columns by which a file may name the people of another, each with the column there that shares most."""
    columns = [one.columns[column] for column in REFERENCES if column in one.columns]
    others = {column: target.columns.get(_of(column, target)) for column in REFERENCES}
    known = {column: other for column, other in others.items() if other is not None}
    found = []
    for header in columns:
        shares = {other: one.shares(header, target, other) for other in known.values()}
        best = max(shares, key=lambda other: shares[other], default=None)
        if best is not None and shares[best] >= _LEAST_SHARE:
            found.append((header, best))
    if found:
        yield from found
        return
    # Where no value is found, the names of the columns tell.
    same = [(one.columns[column], known[column]) for column in REFERENCES if column in one.columns and column in known]
    yield from same[:1]


def _of(column: str, target: Stranger) -> str:
    return _OF_PEOPLE.get(column, column) if target.kind == "contacts" else column


def _looked_up(target: Stranger, header: str, other: str, take: str) -> str:
    spelled = _lowered if other == target.columns.get("email") else quoted
    by, on = spelled(header), spelled(other)
    return f"{{lookup: {{object: {target.name}, by: {by}, on: {on}, take: {take}{_eldest(target)}}}}}"


def _eldest(target: Stranger) -> str:
    return f", first: [{quoted(target.columns['created_at'])}]" if "created_at" in target.columns else ""


def _first(one: Stranger, header: str) -> str:
    """A column of ids, of lists of ids the first of each."""
    by = one.between(header)
    return quoted(header) if by is None else f"{{column: {quoted(header)}, first_of_list: {quoted(by)}}}"


def _lowered(header: str) -> str:
    return f"{{column: {quoted(header)}, as: lower}}"


def _chain(values: Sequence[str]) -> str:
    """Values of which the next counts where one is empty."""
    made = ""
    for value in reversed(values):
        spelled = value if value.startswith("{") else f"{{column: {value}}}"
        made = f"{spelled[:-1]}, default: {made}}}" if made else value
    return made
