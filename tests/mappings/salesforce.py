"""The company as Salesforce's weekly data export writes it: one file an object, ids, UTC without a zone, 0 and 1."""

from datetime import datetime, timedelta

from tests.mappings import company
from tests.mappings.company import Activity, Deal
from tests.mappings.written import Export, Row

STAGES = {
    "1": "Qualification",
    "2": "Needs Analysis",
    "3": "Id. Decision Makers",
    "4": "Proposal/Price Quote",
    "5": "Negotiation/Review",
    "W": "Closed Won",
    "L": "Closed Lost",
}
# Who has a deal, and the second contact of one, are contacts; the others are leads, and the first twelve were once.
CONTACTS = range(1, 22)
CONVERTED = range(1, 13)
LEADS = range(22, 61)
LEAD_STATUSES = {"taken by sales": "Working - Contacted", "not for us": "Closed - Not Converted"}
# Its status was changed before its history was tracked.
UNTRACKED = 58
CALLS = {"call": "Connected", "no_answer": "No Answer", "inbound": "Connected"}
EVENTS = ("meeting", "no_show", "cancelled")
# Deals whose contract stands in Contract.csv, with its months.
CONTRACTS = {11: 12, 12: 24}


def exports() -> Export:
    """What lies in the folder `salesforce`."""
    return {
        "Account.csv": [_account(number) for number in range(1, company.COMPANIES + 1)],
        "Contact.csv": [_contact(person) for person in CONTACTS],
        "Contract.csv": [_contract(number, months) for number, months in {**CONTRACTS, 21: 12}.items()],
        "EntityHistory.csv": _histories(),
        "Event.csv": [_event(act) for act in company.ACTIVITIES if act.kind in EVENTS],
        "Lead.csv": [_lead(person) for person in [*CONVERTED, *LEADS]]
        + [_merged_lead(*pair) for pair in company.MERGED.items()],
        "Opportunity.csv": [_opportunity(deal) for deal in company.DEALS],
        "OpportunityContactRole.csv": [_role(deal, person) for deal in company.DEALS for person in deal.contacts],
        "OpportunityHistory.csv": [row for deal in company.DEALS for row in _history(deal)],
        "Task.csv": [_task(act) for act in company.ACTIVITIES if act.kind not in EVENTS],
        "User.csv": [_user(number, *name.split()) for number, name in enumerate(company.OWNERS)],
    }


def salesforce_id(prefix: str, number: int) -> str:
    """An id of 18 characters; two neighbours differ only by the case of their letters."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    text = f"{letters[number // 52 % 26]}{letters[number // 2 % 26]}"
    short = f"{prefix}5g0000000q{text if number % 2 else text.upper()}"
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    groups = [short[start : start + 5] for start in (0, 5, 10)]
    return short + "".join(alphabet[sum(2**bit for bit, one in enumerate(part) if one.isupper())] for part in groups)


def lead_id(person: int) -> str:
    """The id of the person's record that lives on."""
    return salesforce_id("003" if person in CONTACTS else "00Q", person)


def opportunity_id(number: int) -> str:
    """The id of a deal."""
    return salesforce_id("006", number)


def phases(deal: Deal) -> list[str]:
    """The phases that the export knows, in order: all."""
    return [f"p{step}" for step in deal.path if step not in "WL"]


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _record(key: str, made: datetime, owner: str) -> dict[str, str]:
    return {
        "Id": key,
        "IsDeleted": "0",
        "OwnerId": _user_id(list(company.OWNERS).index(owner)),
        "CreatedDate": _stamp(made),
        "LastModifiedDate": _stamp(made + timedelta(days=2)),
        "SystemModstamp": _stamp(made + timedelta(days=2)),
    }


def _user_id(number: int) -> str:
    return salesforce_id("005", number)


def _user(number: int, first: str, last: str) -> Row:
    email = f"{first}.{last}@us.example".lower()
    return {"Id": _user_id(number), "FirstName": first, "LastName": last, "Email": email, "Username": f"{email}.crm"}


def _account_id(number: int) -> str:
    return salesforce_id("001", number)


def _account(number: int) -> Row:
    return {
        **_record(_account_id(number), company.FIRST_DAY, company.owner(number)),
        "MasterRecordId": "",
        "Name": f"Company {number}",
        "BillingCountry": "Germany",
        "Website": f"https://www.company{number}.example/en",
        "Industry": "Technology" if number % 2 else "Banking",
        "NumberOfEmployees": str(50 * number),
    }


def _person(person: int, key: str) -> dict[str, str]:
    first, last = company.name(person)
    return {
        **_record(key, company.created(person), company.owner(person)),
        "MasterRecordId": "",
        "FirstName": first,
        "LastName": last,
        "Title": "VP Sales",
        "Email": f"person{person}@company{company.company(person)}.example",
        "LeadSource": "Web" if person % 2 else "Partner Referral",
        "HasOptedOutOfEmail": "1" if person == 60 else "0",
    }


def _contact(person: int) -> Row:
    record = _person(person, lead_id(person))
    # Who was converted became a contact five days after.
    made = company.created(person) + timedelta(days=5 if person in CONVERTED else 0)
    return {
        **record,
        "CreatedDate": _stamp(made),
        "AccountId": _account_id(company.company(person) if person != 21 else 17),
        "MailingCountry": company.country(person),
    }


def _lead(person: int) -> Row:
    is_converted = person in CONVERTED
    status = "Closed - Converted" if is_converted else LEAD_STATUSES.get(company.story(person), "Open - Not Contacted")
    return {
        **_person(person, salesforce_id("00Q", person)),
        "Company": f"Company {company.company(person)}",
        "Country": company.country(person),
        "Status": status,
        "IsConverted": str(int(is_converted)),
        "ConvertedContactId": lead_id(person) if is_converted else "",
    }


def _merged_lead(survivor: int, loser: int) -> Row:
    key = salesforce_id("00Q", loser)
    return {**_lead(survivor), "Id": key, "IsDeleted": "1", "MasterRecordId": lead_id(survivor)}


def _histories() -> list[Row]:
    """Changes of tracked fields, those of an opportunity's owner among them."""
    changes = [
        (lead_id(person), "Lead", "Status", LEAD_STATUSES[story], company.created(person) + timedelta(days=3))
        for person in LEADS
        if (story := company.story(person)) in LEAD_STATUSES and person != UNTRACKED
    ]
    changes.append((opportunity_id(1), "Opportunity", "Owner", "Emma Clark", company.DEALS[0].created))
    return [
        {
            "Id": salesforce_id("017", number),
            "IsDeleted": "0",
            "ParentId": parent,
            "ParentSobjectType": kind,
            "CreatedById": _user_id(0),
            "CreatedDate": _stamp(at),
            "FieldName": field,
            "OldvalString": "",
            "NewvalString": value,
        }
        for number, (parent, kind, field, value, at) in enumerate(changes)
    ]


def _opportunity(deal: Deal) -> Row:
    step, since = deal.steps[-1]
    contract = salesforce_id("800", deal.number) if deal.number in CONTRACTS else ""
    return {
        **_record(opportunity_id(deal.number), deal.created, deal.owner),
        "AccountId": _account_id(company.company(deal.number)),
        "Name": f"Deal {deal.number}",
        "StageName": STAGES[step],
        "Amount": deal.amount,
        "CloseDate": f"{deal.close_on} 00:00:00",
        "IsClosed": str(int(deal.status != "open")),
        "IsWon": str(int(deal.status == "won")),
        "LastStageChangeDate": _stamp(since),
        "ContractId": contract,
        "Loss_Reason__c": company.LOST_REASONS.get(deal.number, ""),
    }


def _history(deal: Deal) -> list[Row]:
    return [
        {
            "Id": salesforce_id("008", 20 * deal.number + place),
            "OpportunityId": opportunity_id(deal.number),
            "CreatedById": _user_id(list(company.OWNERS).index(deal.owner)),
            "CreatedDate": _stamp(at),
            "StageName": STAGES[step],
            "Amount": deal.amount if place else deal.first_amount,
            "CloseDate": f"{deal.close_on} 00:00:00",
            "Probability": "10",
            "SystemModstamp": _stamp(at),
            "IsDeleted": "0",
        }
        for place, (step, at) in enumerate(deal.steps)
    ]


def _role(deal: Deal, person: int) -> Row:
    """A contact of a deal, as a report exports it: ids of 15 characters."""
    made = deal.created + timedelta(hours=deal.contacts.index(person))
    return {
        "Id": salesforce_id("00K", person)[:15],
        "OpportunityId": opportunity_id(deal.number)[:15],
        "ContactId": lead_id(person)[:15],
        "Role": "",
        "IsPrimary": str(int(person == deal.lead)),
        "CreatedDate": _stamp(made),
        "IsDeleted": "0",
    }


def _activity(activity: Activity, prefix: str) -> dict[str, str]:
    person = activity.person
    # One of the calls is with the lead that went away, as an export before the merge had it.
    is_old = person in company.MERGED and activity.kind == "no_answer"
    who = salesforce_id("00Q", company.MERGED[person]) if is_old else lead_id(person)
    return {
        **_record(salesforce_id(prefix, activity.number), activity.at, activity.owner),
        "WhoId": who if activity.number % 2 else who[:15],
        "WhatId": opportunity_id(activity.deal) if activity.deal else "",
        "ActivityDate": f"{activity.at:%Y-%m-%d}",
    }


def _task(activity: Activity) -> Row:
    is_call, is_mail = activity.kind in CALLS, activity.kind in ("mail", "reply", "bounced")
    return {
        **_activity(activity, "00T"),
        "Subject": "Call" if is_call else "Email: our offer" if is_mail else "Write a note",
        "TaskSubtype": "Call" if is_call else "Email" if is_mail else "Task",
        "Status": "Not Started" if activity.kind == "todo" else "Completed",
        "IsClosed": "0" if activity.kind == "todo" else "1",
        "CallType": ("Inbound" if activity.kind == "inbound" else "Outbound") if is_call else "",
        "CallDisposition": CALLS.get(activity.kind, ""),
        "CompletedDateTime": "" if activity.kind == "todo" else _stamp(activity.at),
    }


def _event(activity: Activity) -> Row:
    """A meeting in the calendar; who did not come, or cancelled, was taken out of it."""
    return {
        **_activity(activity, "00U"),
        "IsDeleted": str(int(activity.kind != "meeting")),
        "Subject": "Meeting",
        "ActivityDateTime": _stamp(activity.at),
        "DurationInMinutes": "60",
        "IsChild": "0",
    }


def _contract(number: int, months: int) -> Row:
    """A contract without an end and without money; number 21 is one that no deal names."""
    starts_on = company.DEALS[number - 1].close_on if number in CONTRACTS else "2026-02-01"
    return {
        **_record(salesforce_id("800", number), company.FIRST_DAY, company.owner(number)),
        "AccountId": _account_id(company.company(number)),
        "StartDate": starts_on,
        "ContractTerm": f"{months}.0",
        "Status": "Activated",
        "StatusCode": "Activated",
        "ActivatedDate": f"{starts_on} 09:00:00",
        "ContractNumber": f"{number:08}",
    }
