"""Words of the simulated company: names, titles, industries, countries, sources, contents.
Lists only; how often a word comes is written beside it.
"""

COUNTRIES = {"KR": 0.3, "JP": 0.2, "US": 0.22, "DE": 0.1, "GB": 0.07, "BR": 0.05, "PL": 0.06}
UTC_OFFSETS = {"KR": 9, "JP": 9, "US": -5, "DE": 1, "GB": 0, "BR": -3, "PL": 1}
CURRENCIES = {
    "KR": "KRW",
    "JP": "JPY",
    "US": "USD",
    "DE": "EUR",
    "GB": "GBP",
    "BR": "BRL",
    "PL": "EUR",
}
# What a dollar is at the plan rates of exchange_rates.csv, and in which steps a currency's monthly prices go.
UNITS_PER_DOLLAR = {
    "KRW": 1 / 0.00073,
    "JPY": 1 / 0.0067,
    "USD": 1.0,
    "EUR": 1 / 1.08,
    "GBP": 1 / 1.27,
    "BRL": 1 / 0.18,
}
PRICE_STEPS = {"KRW": 5_000, "JPY": 500, "USD": 5, "EUR": 5, "GBP": 5, "BRL": 20}

INDUSTRIES = {
    "software": 0.26,
    "manufacturing": 0.2,
    "finance": 0.13,
    "retail": 0.12,
    "healthcare": 0.1,
    "logistics": 0.08,
    "education": 0.05,
    "other": 0.06,
}
INDUSTRY_PULL = {
    "software": 0.4,
    "manufacturing": 0.15,
    "finance": 0.25,
    "retail": -0.1,
    "healthcare": 0.0,
    "logistics": 0.05,
    "education": -0.5,
    "other": -0.4,
}

JOB_TITLES = {
    "Chief Executive Officer": 0.05,
    "CTO": 0.04,
    "VP Sales": 0.06,
    "Vice President, Operations": 0.04,
    "Director of Marketing": 0.08,
    "Head of Revenue Operations": 0.06,
    "Sales Manager": 0.14,
    "Marketing Manager": 0.14,
    "IT Manager": 0.08,
    "Sales Representative": 0.1,
    "Business Analyst": 0.09,
    "Software Engineer": 0.05,
    "Student": 0.03,
    "Intern": 0.02,
    "": 0.02,
}
TITLE_PULL = {
    "Chief Executive Officer": 0.4,
    "CTO": 0.3,
    "VP Sales": 0.5,
    "Vice President, Operations": 0.4,
    "Director of Marketing": 0.4,
    "Head of Revenue Operations": 0.6,
    "Student": -1.6,
    "Intern": -1.0,
    "": -0.3,
}

# Per source: how often it brings a lead, how well its leads do (log odds), and what one costs.
LEAD_SOURCES = {
    "website": (0.14, 0.2, 170.0),
    "organic_search": (0.12, 0.2, 25.0),
    "paid_search": (0.10, 0.1, 370.0),
    "seminar": (0.08, 0.4, 285.0),
    "exhibition": (0.08, 0.0, 430.0),
    "business_card": (0.04, -0.1, 20.0),
    "call_center": (0.03, 0.6, 35.0),
    "referral": (0.05, 1.0, 30.0),
    "partner": (0.05, 0.7, 190.0),
    "event": (0.03, 0.2, 280.0),
    "direct_traffic": (0.04, 0.2, 10.0),
    # Much for the money, and hardly anybody who buys.
    "social": (0.17, -2.6, 205.0),
    "display": (0.015, -0.6, 400.0),
    "email": (0.02, 0.1, 240.0),
    "cold_call": (0.04, -0.2, 40.0),
    "cold_email": (0.03, -0.4, 18.0),
    "target_account": (0.03, 0.4, 360.0),
    "other": (0.007, -0.2, 20.0),
    "unknown": (0.006, -0.3, 0.0),
    "": (0.008, -0.3, 0.0),
    "podcast": (0.003, 0.2, 50.0),
    "Website": (0.002, 0.1, 45.0),
}
OUTBOUND_SOURCES = ("cold_call", "cold_email", "target_account")
# The campaigns that spend is booked on.
SOURCE_CAMPAIGNS = {
    "website": "cmp_content",
    "paid_search": "cmp_search",
    "social": "cmp_social",
    "display": "cmp_display",
    "email": "cmp_newsletter",
    "seminar": "cmp_webinar",
    "exhibition": "cmp_tradefair",
    "event": "cmp_roundtable",
    "partner": "cmp_partner",
    "target_account": "cmp_outbound",
}
TOUCH_CAMPAIGNS = {
    "email_open": "cmp_newsletter",
    "email_click": "cmp_newsletter",
    "seminar_registered": "cmp_webinar",
    "seminar_attended": "cmp_webinar",
    "exhibition_visit": "cmp_tradefair",
}
FIRST_TOUCHES = {
    "page_view": (0.41, "web", ("home", "product", "blog", "case-studies", "docs")),
    "pricing_page_view": (0.02, "web", ("pricing",)),
    "email_sent": (0.16, "email", ("newsletter", "nurture-1", "nurture-2", "product-news")),
    "email_open": (0.24, "email", ("newsletter", "nurture-1", "nurture-2", "product-news")),
    "email_click": (0.05, "email", ("newsletter", "nurture-1", "nurture-2", "product-news")),
    "content_download": (0.04, "web", ("ebook-funnel", "ebook-recycling", "whitepaper-roi")),
    "form_submit": (0.02, "web", ("newsletter-form", "event-form")),
    "seminar_attended": (0.012, "event", ("seminar-spring", "seminar-autumn", "webinar-monthly")),
    "seminar_registered": (0.012, "web", ("seminar-spring", "seminar-autumn")),
    "email_bounced": (0.006, "email", ("newsletter",)),
    "email_unsubscribed": (0.003, "email", ("newsletter",)),
    "careers_page_view": (0.006, "web", ("careers",)),
    "exhibition_visit": (0.006, "event", ("expo-seoul", "expo-tokyo", "expo-berlin")),
    "email_reply": (0.008, "email", ("nurture-1", "nurture-2")),
    "inbound_call": (0.007, "phone", ("hotline",)),
    "business_card_received": (0.004, "event", ("expo-seoul", "expo-tokyo")),
}
# What the acts of a lead score, as in activity_types.csv; those that are not here score nothing.
POINTS = {
    "page_view": 1,
    "pricing_page_view": 10,
    "careers_page_view": -10,
    "form_submit": 10,
    "content_download": 10,
    "email_open": 1,
    "email_click": 5,
    "email_reply": 15,
    "email_bounced": -5,
    "email_unsubscribed": -30,
    "seminar_registered": 10,
    "seminar_attended": 20,
    "exhibition_visit": 10,
    "business_card_received": 5,
    "inbound_call": 20,
    "demo_request": 50,
    "contact_request": 40,
    "pricing_request": 50,
}
# What brings a lead back that was given up.
RETURN_ACTS = {"content_download": 0.4, "email_click": 0.4, "form_submit": 0.2}

# Per kind of touch: how often, its channel and the contents it is about.
TOUCHES = {
    "page_view": (0.34, "web", ("home", "product", "blog", "case-studies", "docs")),
    "pricing_page_view": (0.03, "web", ("pricing",)),
    "email_sent": (0.16, "email", ("newsletter", "nurture-1", "nurture-2", "product-news")),
    "email_open": (0.24, "email", ("newsletter", "nurture-1", "nurture-2", "product-news")),
    "email_click": (0.07, "email", ("newsletter", "nurture-1", "nurture-2", "product-news")),
    "content_download": (0.055, "web", ("ebook-funnel", "ebook-recycling", "whitepaper-roi")),
    "form_submit": (0.03, "web", ("newsletter-form", "event-form")),
    "seminar_attended": (0.025, "event", ("seminar-spring", "seminar-autumn", "webinar-monthly")),
    "seminar_registered": (0.02, "web", ("seminar-spring", "seminar-autumn")),
    "email_bounced": (0.006, "email", ("newsletter",)),
    "email_unsubscribed": (0.003, "email", ("newsletter",)),
    "careers_page_view": (0.006, "web", ("careers",)),
    "exhibition_visit": (0.012, "event", ("expo-seoul", "expo-tokyo", "expo-berlin")),
    "email_reply": (0.014, "email", ("nurture-1", "nurture-2")),
    "inbound_call": (0.012, "phone", ("hotline",)),
    "business_card_received": (0.007, "event", ("expo-seoul", "expo-tokyo")),
}
HAND_RAISES = {"demo_request": 0.42, "contact_request": 0.34, "pricing_request": 0.24}
BUYER_ACTS = {
    "p1": "problem_confirmed",
    "p2": "requirements_shared",
    "p3": "vendor_preferred",
    "p4": "terms_agreed",
    "p5": "approval_filed",
}

LOST_REASONS = {
    "no_decision.status_quo": 0.2,
    "no_decision.indecision": 0.18,
    "no_decision.no_budget_process": 0.08,
    "competitor": 0.2,
    "price": 0.12,
    "timing": 0.1,
    "fit_gap": 0.05,
    "lost_contact": 0.04,
    "disqualified_late": 0.015,
    "duplicate": 0.01,
    "admin": 0.005,
}
RECYCLE_REASONS = {
    "timing": 0.4,
    "lost_contact": 0.3,
    "price": 0.15,
    "no_decision.indecision": 0.15,
}
DISQUALIFY_REASONS = {"fit_gap": 0.6, "duplicate": 0.1, "lost_contact": 0.3}
CANCEL_REASONS = ("price", "missing_feature", "budget_cut", "acquired", "insolvent")
UNKNOWN_ACTIVITY_TYPES = ("chatbot_message", "fax_received", "Call", "webinar_replay_watched")
PRODUCTS = ("core", "core", "core", "analytics", "api")

COMPANY_FIRST = (
    "North", "Blue", "Han", "Sakura", "Alpine", "Iron", "Green", "Silver", "Delta", "Nova",
    "Bright", "Harbor", "Summit", "Cedar", "Atlas", "Polar", "Rapid", "Lotus", "Vector", "Orion",
)  # fmt: skip
COMPANY_SECOND = (
    "Works", "Labs", "Trading", "Systems", "Foods", "Motors", "Logistics", "Health", "Capital",
    "Robotics", "Textiles", "Energy", "Media", "Steel", "Software",
)  # fmt: skip
# The companies on the shipped list of target accounts; outbound sales works on them.
TARGET_COMPANIES = (
    ("Northwind", "northwind.example"),
    ("Hanbit Electronics", "hanbit-electronics.example"),
    ("Sakura Logistics", "sakura-logistics.example"),
    ("Alpenbank", "alpenbank.example"),
    ("Contoso Retail", "contoso-retail.example"),
    ("Daehan Insurance", "daehan-insurance.example"),
    ("Tanaka Precision", "tanaka-precision.example"),
    ("Litware Health", "litware-health.example"),
)
COMPANY_FORMS = {
    "KR": "주식회사 {}",
    "JP": "{}株式会社",
    "US": "{}, Inc.",
    "DE": "{} GmbH & Co. KG",
    "GB": "{} Ltd",
    "BR": "{} Ltda.",
    "PL": "{} Sp. z o.o.",
}
PEOPLE = {
    "KR": ("김하늘", "박서준", "이지은", "최민호", "정유진", "강도윤", "조수아", "윤재현"),
    "JP": ("田中 一郎", "佐藤 花子", "鈴木 健太", "高橋 美咲", "渡辺 翔", "伊藤 さくら"),
    "US": ("Ann Lee", "James Carter", "Maria Lopez", "Robert Hill", "Linda Chen", "Tom Baker"),
    "DE": ("Jürgen Groß", "Anna Müller", "Lukas Weiß", "Sophie Schäfer", "Karl Böhm"),
    "GB": ("Oliver Smith", "Emily Jones", "Harry O'Neill", "Grace Wright", "Jack Evans"),
    "BR": ("João Araújo", "Conceição Dias", "Luís Gonçalves", "Beatriz Simões"),
    "PL": ("Łukasz Żółć", "Małgorzata Świątek", "Zbigniew Kędzior", "Agnieszka Wójcik"),
}
ODD_NAMES = (
    'O\'Brien, "Pat"',
    '=HYPERLINK("http://reward.example","click")',
    "+SUM(1+1)",
    "@SUM(A1:A9)",
    "-2+3",
    "Anna\nMaria Schmidt",
    "Kim, Ha-neul (김하늘)",
    'Żaneta "Żabka" Ćwięk',
    "NULL",
    "  Sam   Spaced  ",
    "Zoë\tTab",
    "🙂 Smiley",
)
