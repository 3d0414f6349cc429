"""What the README shows is what its company gives: eighteen questions, and the answer on its first screen."""

import re

import pytest

from ingest.simulate.clock import END_DATE
from ingest.simulate.staff import USUAL_LEADS
from tests.conftest import Workplace
from tests.readme.questions import README, SENTENCE, Question, answer, questions

TEXT = README.read_text(encoding="utf-8")
ASKED = questions(TEXT)
SHOWN = re.compile(r"revloop simulate --leads (\d+) --until (\S+) --out landing\nrevloop refresh --as-of (\S+)\n")


def test_the_company_that_is_shown_is_the_one_that_is_asked() -> None:
    day = END_DATE.isoformat()
    assert SHOWN.findall(TEXT) == [(str(USUAL_LEADS), day, day)]


def test_eighteen_questions_are_asked() -> None:
    assert [question.title.split(".")[0] for question in ASKED] == [str(number) for number in range(1, 19)]


@pytest.mark.parametrize("question", ASKED, ids=lambda question: question.title)
def test_a_query_gives_the_result_that_is_shown(usual_company: Workplace, question: Question) -> None:
    assert answer(usual_company.published, question.query) == question.result


def test_the_first_sentence_is_the_greatest_bottleneck() -> None:
    sentence = SENTENCE.search(TEXT)
    assert sentence is not None
    assert ASKED[0].result.splitlines()[2].endswith(f"| {sentence[1]} |")
