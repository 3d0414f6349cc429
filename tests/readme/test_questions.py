"""What the README shows is what its company gives: ten questions, and the answer on its first screen."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Workplace
from tests.readme.questions import README, SENTENCE, Question, answer, questions

TEXT = README.read_text(encoding="utf-8")
ASKED = questions(TEXT)
SHOWN = re.compile(r"revloop simulate --leads (\d+) --until (\S+) --out landing\nrevloop refresh --as-of (\S+)\n")


@pytest.fixture(scope="module")
def warehouse(make_workplace: Callable[[str], Workplace]) -> Path:
    """The published file of the company that the README shows."""
    workplace = make_workplace("readme")
    [(leads, until, as_of)] = SHOWN.findall(TEXT)
    made = workplace.revloop("simulate", "--leads", leads, "--until", until, "--out", workplace.landing)
    assert made.returncode == 0, made.stderr
    workplace.refresh("--as-of", as_of)
    return workplace.published


def test_ten_questions_are_asked() -> None:
    assert [question.title.split(".")[0] for question in ASKED] == [str(number) for number in range(1, 11)]


@pytest.mark.parametrize("question", ASKED, ids=lambda question: question.title)
def test_a_query_gives_the_result_that_is_shown(warehouse: Path, question: Question) -> None:
    assert answer(warehouse, question.query) == question.result


def test_the_first_sentence_is_the_greatest_bottleneck() -> None:
    sentence = SENTENCE.search(TEXT)
    assert sentence is not None
    assert ASKED[0].result.splitlines()[2].endswith(f"| {sentence[1]} |")
