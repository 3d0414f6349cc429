"""The language of mappings, as models: which keys there are, and what may stand behind each.

What must hold between the parts of one mapping is in `checking`, YAML is read in `reading`, and what the words do in
`values` and `rules`. `ingest/mappings/example.yml` shows all of it to a person.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from ingest.errors import did_you_mean
from ingest.mapped.spellings import check_codec, check_date_format, check_date_formats, check_decimals, check_zone

DELIMITERS: Mapping[str, str] = {",": ",", ";": ";", "|": "|", "tab": "\t"}
CHANGES = ("country", "salesforce_id", "domain", "day", "lower", "upper")
OTHERWISE = ("keep", "refuse", "empty", "constant")


def one_of(*options: str) -> AfterValidator:
    """A text that is one of few."""

    def checked(text: str) -> str:
        if text not in options:
            raise fault(f"'{text}' is none of {', '.join(options)}{did_you_mean(text, options)}")
        return text

    return AfterValidator(checked)


def fault(cause: str) -> PydanticCustomError:
    """An error of a model in our own words."""
    return PydanticCustomError("mapping", "{cause}", {"cause": cause})


Text = Annotated[str, Field(min_length=1)]
Zone = Annotated[str, AfterValidator(check_zone)]
Decimals = Annotated[str, AfterValidator(check_decimals)]
DateFormats = Annotated[
    tuple[Annotated[str, AfterValidator(check_date_format)], ...],
    Field(min_length=1),
    AfterValidator(check_date_formats),
]


class Part(BaseModel):
    """A part of a mapping: keys that it does not know are refused, with the nearest that it knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _knows_all_keys(cls, given: Any) -> Any:
        given = cls.spelled_out(given)
        if not isinstance(given, dict):
            raise fault(f"{_shown(given)} stands where {cls.expected()} is expected")
        keys = [field.alias or name for name, field in cls.model_fields.items()]
        for key in given:
            if key not in keys:
                cause = f"'{key}' is none of the keys {', '.join(keys)}{did_you_mean(key, keys)}"
                raise PydanticCustomError("unknown_key", "{cause}", {"cause": cause, "key": key})
        return given

    @classmethod
    def spelled_out(cls, given: Any) -> Any:
        """What a short spelling stands for."""
        return given

    @classmethod
    def expected(cls) -> str:
        """What a person is told that belongs here."""
        return f"a list of keys ({', '.join(field.alias or name for name, field in cls.model_fields.items())})"


class Otherwise(Part):
    """What a table makes of a value that it does not list."""

    kind: Annotated[str, one_of(*OTHERWISE)]
    constant: str | None = None

    @classmethod
    def spelled_out(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"kind": given}
        if isinstance(given, dict) and set(given) == {"constant"}:
            return {"kind": "constant", **given}
        return given


class Table(Part):
    """Values and what they become, compared in any case and without white space at their ends."""

    named: str | None = None
    values: dict[str, str | None] = {}
    otherwise: Otherwise = Otherwise(kind="keep")

    @classmethod
    def spelled_out(cls, given: Any) -> Any:
        return {"named": given} if isinstance(given, str) else given


class Name(Part):
    """The name of a column, or where a binding of `for` has it."""

    text: Text | None = None
    each: Text | None = None

    @classmethod
    def spelled_out(cls, given: Any) -> Any:
        return {"text": given} if isinstance(given, str) else given


class Plus(Part):
    """What is added to a date, the months first."""

    months: "Value | None" = None
    days: "Value | None" = None

    @field_validator("months", "days", mode="before")
    @classmethod
    def _number(cls, given: Any) -> Any:
        return number_as_constant(given)


class Order(Part):
    """By what rows are put in order, empty last."""

    value: "Value"
    descending: bool = False

    @classmethod
    def spelled_out(cls, given: Any) -> Any:
        is_short = isinstance(given, str) or (isinstance(given, dict) and "value" not in given)
        return {"value": given} if is_short else given


class Lookup(Part):
    """A value of another object of the same export: of the rows whose `on` is `by`, `take` of the first."""

    object: Text
    by: "Value"
    on: "Value | None" = None
    take: "Value"
    first: tuple[Order, ...] = ()


SOURCES = ("column", "constant", "join", "each", "item", "lookup")


class Value(Part):
    """Where a text comes from (exactly one of the first six), and what is then done to it, in the order given here."""

    column: tuple[Name, ...] | None = None
    constant: Text | None = None
    join: tuple["Value", ...] | None = Field(None, min_length=1)
    each: Text | None = None
    item: bool | None = None
    lookup: Lookup | None = None

    with_: str = Field(" ", alias="with")
    first_of_list: Text | None = None
    table: Table | None = None
    as_: Annotated[str, one_of(*CHANGES)] | None = Field(None, alias="as")
    dates: DateFormats | None = None
    zone: Zone | None = None
    decimals: Decimals | None = None
    plus: Plus | None = None
    divide_by: "Value | None" = None
    default: "Value | None" = None

    @classmethod
    def spelled_out(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"column": [given]}
        if isinstance(given, dict) and isinstance(given.get("column"), str | dict):
            return {**given, "column": [given["column"]]}
        return given

    @classmethod
    def expected(cls) -> str:
        return f"a column's name, or a list of keys with one of {', '.join(SOURCES)}"

    @field_validator("divide_by", mode="before")
    @classmethod
    def _number(cls, given: Any) -> Any:
        return number_as_constant(given)

    @model_validator(mode="after")
    def _has_one_source(self) -> "Value":
        given = [name for name in SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            has = "none" if not given else " and ".join(given)
            raise fault(f"a value comes from exactly one of {', '.join(SOURCES)}; here it is {has}")
        if self.item is False:
            raise fault("item is true or left out")
        if "with_" in self.model_fields_set and self.join is None:
            raise fault("'with' stands beside 'join' only")
        return self


class Condition(Part):
    """What must hold of a row: exactly one of has, lacks, any, or of the comparisons of `is`."""

    has: Value | None = None
    lacks: Value | None = None
    any: tuple["Condition", ...] | None = None
    is_: Value | None = Field(None, alias="is")
    in_: tuple[str, ...] | None = Field(None, alias="in")
    not_in: tuple[str, ...] | None = None
    after: Value | None = None
    not_after: Value | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> "Condition":
        given = [name for name in ("has", "lacks", "any", "is_") if getattr(self, name) is not None]
        compared = [name for name in ("in_", "not_in", "after", "not_after") if getattr(self, name) is not None]
        if len(given) != 1 or len(compared) != (given == ["is_"]):
            raise fault("a condition is one of: has, lacks, any, or is with one of in, not_in, after, not_after")
        return self


class Split(Part):
    """A list in one cell, each item of which makes a row; an empty item makes none."""

    value: Value
    by: Text


class Rule(Part):
    """What a source row (each item of a list in it, each binding of `for`) makes: at most one row of a feed."""

    feed: Text
    for_: tuple[dict[str, str], ...] | None = Field(None, alias="for", min_length=1)
    split: Split | None = None
    when: tuple[Condition, ...] = ()
    columns: dict[str, Value]

    @property
    def bindings(self) -> tuple[Mapping[str, str], ...]:
        """What `each` stands for, once for each time that the rule applies."""
        return self.for_ or ({},)


class Format(Part):
    """How files are written: the first encoding and the first delimiter that fit count; `sheet` of a workbook."""

    encoding: tuple[Annotated[str, AfterValidator(check_codec)], ...] | None = Field(None, min_length=1)
    delimiter: tuple[Annotated[str, one_of(*DELIMITERS)], ...] | None = Field(None, min_length=1)
    sheet: Text | None = None

    @field_validator("encoding", "delimiter", mode="before")
    @classmethod
    def _list(cls, given: Any) -> Any:
        return [given] if isinstance(given, str) else given


class Spelling(Part):
    """How values and files are spelled, of a whole mapping or of one object in it."""

    zone: Zone | None = None
    dates: DateFormats | None = None
    decimals: Decimals | None = None
    format: Format = Format()


class SourceObject(Spelling):
    """One kind of file: by which names it is known, its key, and which rows it makes (none: it is only looked up)."""

    files: Annotated[tuple[Text, ...], Field(min_length=1)]
    key: Value
    version: Value | None = None
    rows: tuple[Rule, ...] = ()

    @field_validator("files", mode="before")
    @classmethod
    def _list(cls, given: Any) -> Any:
        return [given] if isinstance(given, str) else given


class Source(Spelling):
    """A whole mapping: what one system exports."""

    tables: dict[str, Table] = {}
    objects: Annotated[dict[str, SourceObject], Field(min_length=1)]


def number_as_constant(given: Any) -> Any:
    """A number stands for itself, where a number is expected; any other text is a column."""
    is_number = isinstance(given, str) and given.removeprefix("-").replace(".", "", 1).isdigit()
    return {"constant": given} if is_number else given


def parts_of(part: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Part]]:
    """A part and all parts in it, each with the keys that lead to it."""
    if isinstance(part, Part):
        yield place, part
        for name, field in type(part).model_fields.items():
            yield from parts_of(getattr(part, name), (*place, field.alias or name))
    elif isinstance(part, dict):
        for key, member in part.items():
            yield from parts_of(member, (*place, key))
    elif isinstance(part, tuple):
        for index, member in enumerate(part):
            yield from parts_of(member, (*place, index))


def _shown(given: Any) -> str:
    if isinstance(given, list):
        return "a list"
    if isinstance(given, dict):
        return "a list of keys"
    return "nothing" if given is None else f"'{given}'"
