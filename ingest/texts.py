"""What is trimmed from both ends of a text, wherever one of a feed's is read or compared, and a text as JSON.

SQL trims by `macros.clean_text`, which takes away the same; what a trimmed text means is in `values`.
"""

from json.encoder import encode_basestring

# Unicode's White_Space, which is less than what Python's str.strip takes away.
WHITE_SPACE = "".join(map(chr, (*range(9, 14), 32, 133, 160, 5760, *range(8192, 8203), 8232, 8233, 8239, 8287, 12288)))
WITHOUT_WIDTH = "".join(map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF)))
TRIMMED = WHITE_SPACE + WITHOUT_WIDTH

# As the engine spells them, so that a row says the same whichever reader took it.
_JSON_ESCAPES = {code: f"\\u{code:04X}" for code in range(32)} | {
    ord(character): f"\\{letter}" for character, letter in zip('\b\t\n\f\r"\\', 'btnfr"\\', strict=True)
}


def json_string(text: str) -> str:
    """A text as JSON."""
    return encode_basestring(text) if text.isprintable() else f'"{text.translate(_JSON_ESCAPES)}"'


def trimmed(text: str) -> str:
    """The text without white space and characters without width at both ends; an empty one means none was given."""
    return text.strip(TRIMMED)
