"""What is suggested for the exports of a CRM without a mapping, by columns in Korean, Japanese and English."""

import csv
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from ingest.load import load_landing
from orchestration.checking.suggest import suggest
from orchestration.checking.vocabulary import Vocabulary
from orchestration.settings import Settings
from tests.conftest import ROOT
from tests.dbt_runs import STAGES
from tests.ingest.mapped.workbook_files import workbook

EVENTS = """
    select opportunity_id, lead_id, activity_type, coalesce(stage, reason, ''),
        strftime(timezone('Asia/Seoul', occurred_at), '%m-%d')
    from raw.activities where opportunity_id is not null and not is_deleted and activity_type like 'opportunity%'
    order by opportunity_id, occurred_at, activity_id
"""
ACTS = """
    select activity_type, coalesce(outcome, ''), lead_id, coalesce(actor_id, '')
    from raw.activities where activity_type not like 'opportunity%' order by activity_id
"""


@dataclass
class Tried:
    """Files of a CRM, the mapping suggested for them, and what comes of both."""

    folder: Path

    def write(self, name: str, text: str, encoding: str = "utf-8", delimiter: str = ",") -> None:
        """Write a table, of which each line is a row and | stands between cells."""
        self.landing.mkdir(parents=True, exist_ok=True)
        rows = [line.strip().split("|") for line in text.strip().splitlines()]
        path = self.landing / name
        if name.endswith(".xlsx"):
            path.write_bytes(workbook({"Sheet1": rows}))
            return
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows(rows)

    @property
    def landing(self) -> Path:
        return self.folder / "landing" / "ourcrm"

    def suggested(self, *decided: tuple[str, str]) -> str:
        """The mapping, with what a person decides."""
        surroundings = Settings(ROOT / "dbt_project", self.landing, self.folder / "data", "500MB", None, "a test")
        text = suggest(surroundings, sorted(self.landing.iterdir()))
        for doubtful, sure in decided:
            assert doubtful in text
            text = text.replace(doubtful, sure)
        (self.folder / "mappings").mkdir(exist_ok=True)
        (self.folder / "mappings" / "ourcrm.yml").write_text(text, encoding="utf-8")
        return text

    def load(self) -> None:
        """Load the files by it; nothing is refused and nothing waits."""
        load_landing(
            self.landing.parent,
            self.store,
            batch_id="r1",
            now=datetime(2026, 12, 1, tzinfo=UTC),
            stages=STAGES,
            hash_key=b"key",
            mappings=self.folder / "mappings",
        )
        assert self.rows("select source, source_row, detail from raw.quarantine") == []

    @property
    def store(self) -> Path:
        return self.folder / "store.duckdb"

    def rows(self, query: str) -> list[tuple]:
        with duckdb.connect(str(self.store), read_only=True) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def tried(tmp_path: Path) -> Tried:
    return Tried(tmp_path)


def test_a_korean_workbook_and_files_in_cp949(tried: Tried) -> None:
    tried.write(
        "고객목록 2026-11-30.xlsx",
        """
        고객번호|이름|이메일|회사명|직책|국가|유입경로|등록일|수정일|담당자
        C1|김하나|Hana@a.example|가나|팀장|대한민국|홈페이지|2026-01-05|2026-03-01|최유나
        C2|이둘|dul@b.example|다라|이사|일본|전시회|2026-01-06|2026-03-01|최유나
        C3|박셋||다라|부장|한국|소개|2026-01-07|2026-03-01|박모름
        C4|김하나|other@c.example|마바|사원|한국|소개|2026-01-01|2026-03-01|박모름
        """,
    )
    tried.write(
        "영업기회_2026.csv",
        """
        딜번호|딜명|고객 이메일|고객사|단계|금액(원)|등록일|예상마감일|종료일|실주사유|담당자
        D1|하나|hana@a.example|가나|수주|12,000,000|2026.02.01|2026.05.01|2026.04.10||최유나
        D2|둘|DUL@b.example|다라|실주|1,000|2026.02.02|2026.05.01|2026.04.11|가격|최유나
        D3|셋||다라|견적 발송|2,000|2026.02.03|2026.12.31|||박모름
        D4|넷|hana@a.example|가나|수주 예정|3,000|2026.02.04|2026.12.31|||최유나
        """,
        "cp949",
    )
    tried.write(
        "활동내역.csv",
        """
        활동ID|고객명|회사명|활동유형|결과|일시|담당자
        A1|김하나|가나|전화|부재중|2026. 2. 3. 오후 2:30|최유나
        A2|이둘|다라|미팅|완료|2026. 2. 4. 오전 9:00|최유나
        A3|박셋|다라|이메일 회신||2026. 2. 5. 오전 12:10|박모름
        A4||다라|통화|연결|2026. 2. 6. 오후 12:10|최유나
        """,
        "cp949",
        ";",
    )
    text = tried.suggested(('# ? "수주 예정": CODE', '"수주 예정": p5'), ('# ? "최유나": CODE', '"최유나": rep01'))
    assert "zone: Asia/Seoul  # ?" in text
    assert 'dates: [iso, "%Y.%m.%d", "%Y. %m. %d. %p %I:%M"]' in text
    assert re.search(r'# \? "박모름": CODE  # 4 rows', text)
    tried.load()
    leads = tried.rows("select lead_id, email, full_name, company_name, country, lead_source, owner_id from raw.leads")
    assert sorted(leads) == [
        ("C1", "Hana@a.example", "김하나", "가나", "KR", "website", "rep01"),
        ("C2", "dul@b.example", "이둘", "다라", "JP", "exhibition", "rep01"),
        ("C3", None, "박셋", "다라", "KR", "referral", "박모름"),
        ("C4", "other@c.example", "김하나", "마바", "KR", "referral", "박모름"),
    ]
    assert tried.rows(EVENTS) == [
        ("D1", "C1", "opportunity_created", "", "02-01"),
        ("D1", "C1", "opportunity_won", "", "04-10"),
        ("D2", "C2", "opportunity_created", "", "02-02"),
        ("D2", "C2", "opportunity_lost", "price", "04-11"),
        # Without an address, the eldest person of the company.
        ("D3", "C2", "opportunity_created", "", "02-03"),
        ("D3", "C2", "opportunity_phase_changed", "p3", "02-03"),
        ("D4", "C1", "opportunity_created", "", "02-04"),
        ("D4", "C1", "opportunity_phase_changed", "p5", "02-04"),
    ]
    money = "select distinct amount, currency, cast(expected_close_on as varchar) from raw.activities where"
    assert tried.rows(f"{money} opportunity_id = 'D1'") == [(12_000_000, "KRW", "2026-05-01")]
    assert tried.rows("select contract_id, customer_id, mrr, lead_id, cast(ends_on as varchar) from raw.contracts") == [
        ("D1/contract", "가나", 1_000_000, "C1", "2027-04-09")
    ]
    assert tried.rows(ACTS) == [
        ("call", "no_answer", "C1", "rep01"),
        ("meeting", "held", "C2", "rep01"),
        ("email_reply", "", "C3", ""),
        ("call", "connected", "C2", "rep01"),
    ]
    times = "select strftime(timezone('Asia/Seoul', occurred_at), '%d %H:%M') from raw.activities"
    found = tried.rows(f"{times} where activity_id like 'A%' order by activity_id")
    assert found == [("03 14:30",), ("04 09:00",), ("05 00:10",), ("06 12:10",)]


def test_japanese_files_in_shift_jis(tried: Tried) -> None:
    tried.write(
        "名刺データ_20261130.csv",
        """
        名刺ID|姓|名|メールアドレス|会社名|役職|名刺交換日|更新日時|所有者名
        M1|佐藤|一郎|Ichiro@x.example|株式会社エックス|部長|2026/1/5|2026/3/1 10:00|Choi Yuna
        M2|鈴木|二郎|jiro@y.example|ワイ商事|課長|2026/1/6|2026/3/1 10:00|Choi Yuna
        """,
        "cp932",
    )
    tried.write(
        "案件管理.csv",
        """
        レコード番号|案件名|会社名|フェーズ|金額|作成日時|更新日時|フェーズ更新日|受注予定日|受注日|失注日|失注理由|担当者
        1|案件甲|株式会社エックス|受注|1200000|2026/2/1 9:00|2026/4/9 9:00|2026/4/1|2026/5/1|2026/4/1|||Choi Yuna
        2|案件乙|ワイ商事|失注|500000|2026/2/2 9:00|2026/4/9 9:00|2026/4/2|2026/5/1||2026/4/2|競合|Choi Yuna
        3|案件丙|ワイ商事|提案中|800000|2026/2/3 9:00|2026/4/9 9:00|2026/2/20|2026/5/1||||Choi Yuna
        """,
        "cp932",
    )
    tried.write(
        "活動履歴.csv",
        """
        案件名|種別|結果|対応日時|対応者
        案件甲|電話|不在|2026/2/3 14:30|Choi Yuna
        案件乙|商談|実施|2026/2/4 9:00|Choi Yuna
        案件丙|メール||2026/2/5 9:00|Choi Yuna
        案件丙|メール受信||2026/2/6 9:00|
        """,
        "cp932",
    )
    text = tried.suggested()
    assert "zone: Asia/Tokyo  # ?" in text
    assert "format: {encoding: [utf-8, shift_jis]}" in text
    tried.load()
    leads = tried.rows("select lead_id, full_name, company_domain, owner_id from raw.leads order by all")
    assert leads == [("M1", "佐藤 一郎", "x.example", "rep01"), ("M2", "鈴木 二郎", "y.example", "rep01")]
    assert tried.rows(EVENTS) == [
        ("1", "M1", "opportunity_created", "", "02-01"),
        ("1", "M1", "opportunity_won", "", "04-01"),
        ("2", "M2", "opportunity_created", "", "02-02"),
        ("2", "M2", "opportunity_lost", "competitor", "04-02"),
        ("3", "M2", "opportunity_created", "", "02-03"),
        ("3", "M2", "opportunity_phase_changed", "p3", "02-20"),
    ]
    assert sorted(tried.rows(ACTS)) == [
        ("call", "no_answer", "M1", "rep01"),
        ("email_reply", "", "M2", ""),
        ("email_sent", "", "M2", "rep01"),
        ("meeting", "held", "M2", "rep01"),
    ]
    assert tried.rows("select distinct currency from raw.contracts") == [("JPY",)]


def test_where_no_file_tells_of_people_the_deals_do(tried: Tried) -> None:
    tried.write(
        "pipeline.csv",
        """
        Deal no|Company|Contact person|Contact e-mail|Stage|Status|Value|Currency|Created on
        7|Acme|Ann|Ann@acme.example|Proposal|Open|100|EUR|2026-02-01
        8|Acme|Ann|ann@acme.example|Proposal|Won|200|EUR|2026-01-15
        """,
    )
    tried.write(
        "calls.csv",
        """
        Call id|E-mail|Date|Result|Agent
        c1|ANN@acme.example|2026-02-03 10:00|Connected|Choi Yuna
        """,
    )
    tried.suggested()
    tried.load()
    leads = "select distinct lead_id, full_name, company_name, cast(created_at as date) from raw.leads"
    assert [(*rest, str(day)) for *rest, day in tried.rows(leads)] == [
        ("ann@acme.example", "Ann", "Acme", "2026-01-15")
    ]
    assert [row[:4] for row in tried.rows(EVENTS)] == [
        ("7", "ann@acme.example", "opportunity_created", ""),
        ("7", "ann@acme.example", "opportunity_phase_changed", "p3"),
        ("8", "ann@acme.example", "opportunity_created", ""),
        ("8", "ann@acme.example", "opportunity_won", ""),
    ]
    assert tried.rows("select activity_type, outcome, lead_id from raw.activities where activity_id = 'c1'") == [
        ("call", "connected", "ann@acme.example")
    ]


def test_of_a_list_of_people_the_first_counts(tried: Tried) -> None:
    tried.write("모든-연락처.csv", "레코드 ID|성|이름|생성일\n101|김|지우|2026-01-05\n102|이|민준|2026-01-06")
    tried.write(
        "모든-거래.csv",
        "레코드 ID|거래 단계|생성일|연결된 연락처 ID\n501|견적|2026-02-01|102;101\n502|견적|2026-02-02|101",
    )
    tried.suggested()
    tried.load()
    assert tried.rows("select full_name from raw.leads order by lead_id") == [("김 지우",), ("이 민준",)]
    found = tried.rows("select distinct opportunity_id, lead_id from raw.activities order by 1")
    assert found == [("501", "102"), ("502", "101")]


@pytest.mark.parametrize(
    ("column", "means"),
    [
        ("activity_type", "전화=call, 유선상담=call, 화상미팅=meeting, TEL=call, 商談(訪問)=meeting, 팩스=None"),
        ("outcome", "부재중(2회)=no_answer, 실시=None, 実施済み=held, 連絡先不在=no_answer, 응답 없음=no_answer"),
        ("outcome", "연결 못함=None, 未実施=None, 통화완료=connected"),
        ("deal", "수주=won, 실주=lost, 수주실패=lost, 수주 예정=None, 수주대기=None, 성사됨=won, Closed Won=won"),
        ("deal", "受注確定=won, 受注見込=None, 受注前=None, 失注(価格)=lost, 未受注=lost, 협상중=None"),
        ("phase", "견적서 발송=p3, 1차 제안=p3, 가격협상=p4, ヒアリング済=p1, 稟議中=p5, Verbal yes=p4"),
        ("industry", "제조업=manufacturing, IT=software, 金融=finance, 농업=None"),
        ("reason", "가격 문제=price, 경쟁사 선정(A사)=competitor, 予算がない=no_decision.no_budget_process"),
    ],
)
def test_usual_words_mean_the_nearest_listed_ones(column: str, means: str) -> None:
    vocabulary = Vocabulary.read(ROOT / "dbt_project")
    expected = dict(pair.split("=") for pair in means.split(", "))
    assert {text: str(vocabulary.nearest(column, text)) for text in expected} == expected
