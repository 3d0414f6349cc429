"""Countries by their names in English, Korean and Japanese, and by their codes.

The names are those of the Unicode Consortium; what else a country is called in exports stands here.
"""

from functools import cache

from babel import Locale
from babel.core import get_global

_LANGUAGES = ("en", "ko", "ja")
# As ISO 3166 itself, CRMs' pick lists or people write it.
_FURTHER = {
    "KR": (
        "Korea",
        "Korea, Republic of",
        "Republic of Korea",
        "Korea (South)",
        "Korea, South",
        "한국",
        "남한",
        "大韓民国",
    ),
    "KP": ("Korea, Democratic People's Republic of", "Korea (North)"),
    "US": ("United States of America", "U.S.A.", "U.S.", "America", "미합중국", "米国", "アメリカ"),
    "GB": ("United Kingdom of Great Britain and Northern Ireland", "Great Britain", "England", "英国"),
    "CN": ("People's Republic of China", "Mainland China", "中華人民共和国"),
    "TW": ("Taiwan, Province of China", "Taiwan, China", "中華民国"),
    "HK": ("Hong Kong", "Hong Kong SAR", "홍콩", "香港"),
    "MO": ("Macao", "Macau", "마카오", "マカオ"),
    "VN": ("Viet Nam", "Socialist Republic of Vietnam"),
    "RU": ("Russian Federation",),
    "CZ": ("Czech Republic",),
    "TR": ("Turkey", "Turkiye"),
    "NL": ("The Netherlands", "Holland"),
    "IR": ("Iran, Islamic Republic of",),
    "LA": ("Lao People's Democratic Republic",),
    "MD": ("Moldova, Republic of",),
    "MK": ("Macedonia, the former Yugoslav Republic of", "Macedonia"),
    "SY": ("Syrian Arab Republic",),
    "TZ": ("Tanzania, United Republic of",),
    "VE": ("Venezuela, Bolivarian Republic of",),
    "BO": ("Bolivia, Plurinational State of",),
    "BN": ("Brunei Darussalam",),
    "CD": ("Congo, the Democratic Republic of the",),
    "CG": ("Congo",),
    "CI": ("Cote d'Ivoire", "Ivory Coast"),
    "CV": ("Cape Verde",),
    "SZ": ("Swaziland",),
    "PS": ("Palestine", "Palestinian Territory, Occupied"),
    "VA": ("Holy See (Vatican City State)",),
    "FM": ("Micronesia, Federated States of",),
    "MM": ("Burma",),
    "AE": ("UAE",),
}


@cache
def countries() -> tuple[tuple[str, str], ...]:
    """(name or code, ISO 3166 alpha-2), the names in lower case, one code for each."""
    codes = {code for code in Locale("en").territories if len(code) == 2 and code.isalpha()} - {"ZZ", "EU", "EZ", "UN"}
    known: dict[str, str] = {}
    for code, names in sorted(_FURTHER.items()):
        known |= dict.fromkeys((name.lower() for name in names), code)
    for language in _LANGUAGES:
        territories = Locale(language).territories
        known |= {territories[code].lower(): code for code in sorted(codes) if code in territories}
    aliases = get_global("territory_aliases")
    known |= {alias.lower(): now[0] for alias, now in aliases.items() if len(now) == 1 and alias.isalpha()}
    known |= {code.lower(): code for code in codes}
    return tuple(sorted(known.items()))
