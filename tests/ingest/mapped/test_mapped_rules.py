"""Which rows a source row becomes, what they look up, and how each is accounted for."""

from typing import Any

import pytest

from ingest.errors import RevloopError

MAPPING = """
tables:
  stages: {values: {Qualified: p1, Proposal: p3}, otherwise: refuse}
objects:
  contacts:
    files: contacts*
    key: Id
    version: Changed
    rows:
      - feed: leads
        when: [{has: E-mail}]
        columns: {lead_id: Id, created_at: Created, updated_at: Changed, email: E-mail}
      - feed: activities
        for:
          - {stage: captured, at: Became captured}
          - {stage: mql, at: Became mql}
        when: [{has: {column: {each: at}}}]
        columns:
          activity_id: {join: [Id, {each: stage}], with: /}
          lead_id: Id
          activity_type: {constant: stage_changed}
          occurred_at: {column: {each: at}}
          stage: {each: stage}
  deals:
    files: deals*
    key: Deal
    rows:
      - feed: activities
        columns: &deal
          activity_id: {join: [Deal, {constant: 1-created}], with: /}
          lead_id: {lookup: {object: contacts, by: Mail, on: {column: E-mail, as: lower}, take: Id}}
          activity_type: {constant: opportunity_created}
          occurred_at: Created
          opportunity_id: Deal
      - feed: activities
        when: [{is: Stage, not_in: [Open, ""]}]
        columns:
          <<: *deal
          activity_id: {join: [Deal, {constant: 2-phase}], with: /}
          activity_type: {constant: opportunity_phase_changed}
          stage: {column: Stage, table: stages}
      - feed: activities
        split: {value: With, by: ";"}
        columns:
          <<: *deal
          activity_id: {join: [Deal, {item: true}], with: /}
          lead_id: {item: true}
          activity_type: {constant: meeting}
"""
CONTACTS = "Id,Created,Changed,E-mail,Became captured,Became mql,Shoes\n"
DEALS = "Deal,Created,Mail,Stage,With\n"
JANE = "jane,2025-01-01,2025-01-02,Jane@x.example,2025-01-01,2025-01-03,38\n"
BEN = "ben,2025-01-01,2025-01-02,ben@x.example,,,\n"
ACTIVITIES = "select activity_id, lead_id, coalesce(stage, '') from raw.activities order by 1, _loaded_at"


def write(company: Any, contacts: str = JANE + BEN, deals: str = "", mapping: str = MAPPING) -> None:
    company.map("crm", mapping)
    company.write("crm/contacts.csv", CONTACTS + contacts)
    company.write("crm/deals.csv", DEALS + deals)


def test_a_row_becomes_one_of_each_feed_and_one_for_each_date_and_each_item(company: Any) -> None:
    write(company, deals="D1,2025-02-01,jane@x.example,Proposal,ben; jane ;;ben\nD2,2025-02-01,ben@x.example,open,\n")
    company.load()
    assert company.rows("select lead_id from raw.leads order by 1") == [("ben",), ("jane",)]
    assert company.rows(ACTIVITIES) == [
        ("D1/1-created", "jane", ""),
        ("D1/2-phase", "jane", "p3"),
        ("D1/ben", "ben", ""),
        ("D1/jane", "jane", ""),
        ("D2/1-created", "ben", ""),
        ("jane/captured", "jane", "captured"),
        ("jane/mql", "jane", "mql"),
    ]


def test_a_bad_source_row_costs_only_the_rows_made_of_it(company: Any) -> None:
    write(
        company,
        "jane,2025-01-01,2025-01-02,Jane@x.example,2025-01-01,soon,38\nben,2025-01-01,,,,,\nodd,2025-01-01\n" + BEN,
        "D1,2025-02-01,jane@x.example,Propsal,\nD2,2025-02-01,nobody@x.example,Open,ben\n",
    )
    report = company.load()
    assert company.rows(ACTIVITIES) == [
        ("D1/1-created", "jane", ""),
        ("D2/ben", "ben", ""),
        ("jane/captured", "jane", "captured"),
    ]
    assert sorted(company.quarantined("feed, source, source_row, reason, detail, raw_row")) == [
        (
            "activities",
            "crm/contacts.csv",
            1,
            "invalid_type",
            "occurred_at: 'soon' is no timestamp",
            "jane,2025-01-01,2025-01-02,Jane@x.example,2025-01-01,soon,38",
        ),
        (
            "activities",
            "crm/deals.csv",
            1,
            "invalid_value",
            "stage: 'Propsal' is not in the mapping's table stages; did you mean 'Proposal'?",
            "D1,2025-02-01,jane@x.example,Propsal,",
        ),
        (
            "activities",
            "crm/deals.csv",
            2,
            "missing_required",
            "lead_id is empty",
            "D2,2025-02-01,nobody@x.example,Open,ben",
        ),
        ("leads", "crm/contacts.csv", 3, "unparseable_row", "2 fields where the header has 7", "odd,2025-01-01"),
    ]
    for feed in report.feeds.values():
        assert feed.rows_read == feed.rows_accepted + feed.rows_quarantined
    assert company.rows(
        "select source, feed, source_rows, rows_unmade, rows_left_out, rows_read, rows_quarantined "
        "from ops.files order by all"
    ) == [
        ("crm/contacts.csv", "activities", 4, 1, 1, 2, 1),
        ("crm/contacts.csv", "leads", 4, 1, 1, 3, 1),
        ("crm/deals.csv", "activities", 2, 0, 0, 4, 2),
    ]


def test_columns_that_nothing_reads_are_drift_once_and_in_no_row(company: Any) -> None:
    write(company)
    report = company.load()
    assert [feed.drifted_columns for feed in report.feeds.values()] == [["Shoes"], [], []]
    assert company.rows("select distinct _extra from raw.leads union select _extra from raw.activities") == [(None,)]


def test_a_column_that_looks_misspelt_is_told_with_the_nearest(company: Any) -> None:
    write(
        company,
        mapping=MAPPING.replace("Became captured", "Became capturd").replace(
            "created_at: Created", "created_at: Createt"
        ),
    )
    report = company.load()
    assert report.notes == [
        "crm/contacts.csv: the file has no column 'Became capturd'; did you mean 'Became captured'?",
    ]
    assert company.quarantined("detail")[0] == ("created_at is empty, as the file has no column 'Createt'",)


def test_a_file_is_read_once_and_again_when_its_mapping_says_something_else(company: Any) -> None:
    write(company)
    assert company.load().feeds["leads"].rows_read == 2
    assert company.load().feeds["leads"].files == []
    company.map("crm", f"# only a comment\n{MAPPING}")
    assert company.load().feeds["leads"].files == []
    company.map("crm", MAPPING.replace("email: E-mail", "email: E-mail, job_title: Shoes"))
    assert company.load().feeds["leads"].files == ["crm/contacts.csv"]
    # What says the same is accepted, and stored once.
    assert company.rows("select lead_id, job_title, _batch_id from raw.leads order by all") == [
        ("ben", None, "batch-1"),
        ("jane", "38", "batch-4"),
        ("jane", None, "batch-1"),
    ]
    company.map("crm", MAPPING)
    assert company.load().feeds["leads"].files == ["crm/contacts.csv"]


def test_the_same_bytes_as_another_object_are_read(company: Any) -> None:
    company.map("crm", MAPPING.replace("files: deals*", "files: other*"))
    company.map("mrc", MAPPING)
    for name in ("crm/contacts.csv", "crm/contacts 2.csv", "mrc/contacts.csv"):
        company.write(name, CONTACTS + JANE)
    report = company.load()
    assert report.feeds["leads"].files == ["crm/contacts 2.csv", "mrc/contacts.csv"]


def test_a_deal_is_read_again_when_its_contact_lands_and_not_when_it_goes(company: Any) -> None:
    write(company, contacts=BEN, deals="D1,2025-02-01,jane@x.example,Open,\n")
    company.load()
    assert company.rows(ACTIVITIES) == []
    assert company.quarantined("reason, detail, closed_at is null") == [("missing_required", "lead_id is empty", True)]
    more = company.write("crm/contacts-2.csv", CONTACTS + JANE)
    company.load()
    assert ("D1/1-created", "jane", "") in company.rows(ACTIVITIES)
    assert company.quarantined("closed_at is null") == [(False,)]
    more.unlink()
    assert company.load().feeds["activities"].files == []


def test_of_a_key_in_several_files_the_last_version_is_looked_up(company: Any) -> None:
    company.map("crm", MAPPING)
    company.write("crm/contacts-a.csv", CONTACTS + "jane,2025-01-01,2025-03-01,new@x.example,,,\n")
    company.write("crm/contacts-b.csv", CONTACTS + "jane,2025-01-01,2025-02-01,old@x.example,,,\n")
    company.write("crm/deals.csv", DEALS + "D1,2025-02-01,new@x.example,Open,\nD2,2025-02-01,old@x.example,Open,\n")
    company.load()
    assert company.rows(ACTIVITIES) == [("D1/1-created", "jane", "")]
    assert company.quarantined("source_row") == [(2,)]


def test_of_several_that_are_found_the_first_by_the_order_asked_for_counts(company: Any) -> None:
    roles = """
  roles:
    files: roles
    key: Role
"""
    lookup = (
        "{lookup: {object: roles, by: Deal, on: Deal, take: Who, first: [{value: Primary, descending: true}, Since]}}"
    )
    company.map(
        "crm",
        MAPPING.replace("  deals:", f"{roles[1:]}  deals:").replace(
            "{lookup: {object: contacts, by: Mail, on: {column: E-mail, as: lower}, take: Id}}", lookup
        ),
    )
    company.write(
        "crm/roles.csv",
        "Role,Deal,Who,Primary,Since\n1,D1,a,0,2024\n2,D1,b,1,2025\n3,D1,c,1,2024\n4,D1,,1,2023\n5,D2,d,,\n6,D2,e,0,\n",
    )
    company.write("crm/deals.csv", DEALS + "D1,2025-02-01,,Open,\nD2,2025-02-01,,Open,\n")
    company.load()
    assert company.rows(ACTIVITIES) == [("D1/1-created", "c", ""), ("D2/1-created", "e", "")]


def test_a_looked_up_file_that_cannot_be_read_costs_itself_alone(company: Any) -> None:
    write(company, deals="D1,2025-02-01,jane@x.example,Open,\n")
    company.write("crm/contacts-x.xlsx", b"no workbook")
    company.load()
    assert ("D1/1-created", "jane", "") in company.rows(ACTIVITIES)
    assert company.quarantined("feed, source, source_row") == [("leads", "crm/contacts-x.xlsx", None)]


def test_a_column_that_stands_twice_where_it_is_looked_up_alone_is_told(company: Any) -> None:
    lookup = "{lookup: {object: firms, by: Firm, take: Name}}"
    company.map(
        "crm",
        "objects: {firms: {files: firms, key: Id}, p: {files: p, key: Id, rows: [{feed: leads, columns: "
        f"{{lead_id: Id, created_at: {{constant: 2025-01-01}}, company_name: {lookup}}}}}]}}}}",
    )
    company.write("crm/firms.csv", "Id,Name,Shoes,Name,Shoes\nf,Acme,1,Acme,1\n")
    company.write("crm/p.csv", "Id,Firm\na,f\n")
    assert company.load().notes == [
        "crm/firms.csv: column Name is in the header more than once, so nothing is looked up here: keep one"
    ]


def test_a_lookup_may_follow_another(company: Any) -> None:
    mapping = """
objects:
  users: {files: users, key: Id}
  accounts: {files: accounts, key: {column: Id, as: lower}}
  leads:
    files: leads
    key: Id
    rows:
      - feed: leads
        columns:
          lead_id: Id
          created_at: {constant: 2025-01-01}
          company_name: {lookup: {object: accounts, by: {column: Account, as: lower}, take: Name}}
          owner_id:
            lookup:
              object: accounts
              by: {column: Account, as: lower}
              take: {lookup: {object: users, by: Owner, take: Mail}, table: {values: {j@x.example: rep01}}}
"""
    company.map("crm", mapping)
    company.write("crm/users.csv", "Id,Mail\nU1,j@x.example\n")
    company.write("crm/accounts.csv", "Id,Name,Owner\nACC,Acme,U1\n")
    company.write("crm/leads.csv", "Id,Account\n1,acc\n2,none\n")
    report = company.load()
    assert company.rows("select lead_id, company_name, owner_id from raw.leads order by 1") == [
        ("1", "Acme", "rep01"),
        ("2", None, None),
    ]
    assert company.rows("select source, source_rows, rows_left_out, rows_read from ops.files order by 1") == [
        ("crm/accounts.csv", 1, 1, 0),
        ("crm/leads.csv", 2, 0, 2),
        ("crm/users.csv", 1, 1, 0),
    ]
    assert report.feeds["leads"].drifted_columns == []


def test_of_two_rows_of_one_key_of_one_source_row_the_first_rule_counts(company: Any) -> None:
    company.map("crm", MAPPING.replace("{constant: 2-phase}", "{constant: 1-created}"))
    company.write("crm/deals.csv", DEALS + "D1,2025-02-01,,Proposal,1-created;x\n")
    company.write("crm/contacts.csv", CONTACTS + "jane,2025-01-01,,,,,\n")
    company.load()
    assert company.rows("select activity_id, activity_type from raw.activities") == [("D1/x", "meeting")]
    assert company.quarantined("source, detail, row_key") == [("crm/deals.csv", "lead_id is empty", "D1/1-created")]


@pytest.mark.parametrize(
    ("condition", "made"),
    [
        ("{has: a}", "1 2"),
        ("{lacks: a}", "3"),
        ("{is: a, in: [X, y]}", "1"),
        ("{is: a, not_in: [x]}", "2 3"),
        ("{is: b, after: c}", "2"),
        ("{is: b, not_after: c}", "1"),
        ("{any: [{is: a, in: [x]}, {lacks: c}]}", "1 3"),
    ],
)
def test_a_condition_lets_rows_through(company: Any, condition: str, made: str) -> None:
    company.map(
        "crm",
        f"objects: {{p: {{files: p, key: Id, rows: [{{feed: leads, when: [{condition}], "
        "columns: {lead_id: Id, created_at: {constant: 2025-01-01}}}]}}",
    )
    company.write("crm/p.csv", "Id,a,b,c\n1, x,2025-01-01,2025-01-02\n2,z,2025-01-03 00:00,2025-01-02\n3,,,\n")
    company.load()
    assert " ".join(row[0] for row in company.rows("select lead_id from raw.leads order by 1")) == made


def test_a_wrong_mapping_is_told_before_anything_is_read(company: Any) -> None:
    write(company, mapping=MAPPING.replace("stages: {values: {Qualified: p1", "stages: {values: {Qualified: p9"))
    with pytest.raises(RevloopError, match="'p9' is not an opportunity phase"):
        company.load()
    assert not company.store.exists()


def test_what_is_won_is_told_to_be_no_phase_but_of_another_table(company: Any) -> None:
    write(company, mapping=MAPPING.replace("Qualified: p1", "Qualified: won"))
    with pytest.raises(RevloopError, match="'won' is not an opportunity phase; what is won or lost goes into a table"):
        company.load()
