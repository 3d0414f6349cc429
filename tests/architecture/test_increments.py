"""How a model that is made per lead reads its parents: the touched leads' rows, or all with a reason."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from orchestration.parts import SCORING
from tests.architecture.remedies import told

Models = dict[str, Mapping[str, Any]]

# What the step between the parts of a build finds out, as dbt names its tables.
SCORED_BY = f"source.revloop.{SCORING}."
READS = re.compile(r"\b(ref|touched|whole)\(\s*['\"](\w+)['\"]\s*\)")
MADE_PER_LEAD = re.compile(r"\A\{\{ per_lead\(('\w+')?\) \}\}\n")


def is_per_lead(model: Mapping[str, Any]) -> bool:
    return bool(model["config"]["meta"].get("per_lead"))


def lead_key(model: Mapping[str, Any]) -> str | None:
    return model["config"]["meta"].get("lead_key")


def reads(models: Models) -> Iterator[tuple[str, str, str, list[str]]]:
    """Model, macro, parent and the lines up to the place where a model made per lead reads a parent."""
    for name, model in models.items():
        if is_per_lead(model):
            for found in READS.finditer(model["raw_code"]):
                yield name, found[1], found[2], model["raw_code"][: found.start()].splitlines()


def has_reason(lines: list[str]) -> bool:
    """Whether a comment stands above the read, or above the CTE that it is in."""
    begins = next((number for number in range(len(lines) - 1, 0, -1) if lines[number].endswith(" as (")), 0)
    return any(lines[number - 1].strip().startswith("-- ") for number in (begins, len(lines) - 1) if number)


def test_a_model_made_per_lead_says_so_in_its_first_line(models: Models) -> None:
    wrong = [
        name
        for name, model in models.items()
        if is_per_lead(model) != bool(MADE_PER_LEAD.match(model["raw_code"] + "\n"))
        or (model["config"].get("incremental_strategy") == "touched_leads" and not is_per_lead(model))
    ]
    assert not wrong, told(wrong, "Begin the model with {{ per_lead() }}, and set nothing of it by hand.")
    keyless = [name for name, model in models.items() if is_per_lead(model) and not lead_key(model)]
    assert not keyless, told(
        keyless, "Name the lead's column in the model's yml: `config: {meta: {lead_key: lead_id}}`."
    )


def test_a_model_made_per_lead_reads_parents_with_a_lead_key_as_touched_or_whole(models: Models) -> None:
    wrong = [
        f"{name} reads {parent} by a bare ref"
        for name, macro, parent, _ in reads(models)
        if macro == "ref" and parent in models and lead_key(models[parent])
    ]
    assert not wrong, told(
        wrong,
        "Read {{ touched('parent') }}; where rows of other leads have a meaning, {{ whole('parent') }} with a comment "
        "above that says which.",
    )


def test_touched_and_whole_are_asked_of_parents_that_name_their_lead_key(models: Models) -> None:
    wrong = [
        f"{name} reads {macro}('{parent}')"
        for name, macro, parent, _ in reads(models)
        if macro != "ref" and not lead_key(models[parent])
    ]
    assert not wrong, told(
        wrong, "Give the parent its `config: {meta: {lead_key: …}}`, or read it by ref where it has no lead."
    )


def test_whole_has_its_reason(models: Models) -> None:
    wrong = [
        f"{name} reads whole('{parent}')"
        for name, macro, parent, lines in reads(models)
        if macro == "whole" and not has_reason(lines)
    ]
    assert not wrong, told(wrong, "Say in a comment above what the rows of other leads mean to the touched ones.")


def test_no_model_made_per_lead_is_below_what_scoring_finds(models: Models) -> None:
    below: set[str] = set()
    reading = {model["unique_id"]: model["depends_on"]["nodes"] for model in models.values()}
    while found := {
        name
        for name, parents in reading.items()
        if name not in below and any(parent in below or parent.startswith(SCORED_BY) for parent in parents)
    }:
        below |= found
    scored = {name for name, model in models.items() if model["unique_id"] in below}
    assert {"fct_lead_scores", "fct_next_actions", "sync_crm__lead_scores"} <= scored
    wrong = sorted(name for name in scored if is_per_lead(models[name]))
    assert not wrong, told(
        wrong,
        "A fit changes the chances of leads that nothing touched: make what reads them without {{ per_lead() }}.",
    )


def test_there_are_models_to_hold_to_this(models: Models) -> None:
    assert {"touched", "whole"} <= {macro for _, macro, _, _ in reads(models)}
