"""What is trimmed from both ends of a text, wherever one of a feed's is read or compared.

SQL trims by `macros.clean_text`, which takes away the same; what a trimmed text means is in `values`.
"""

# Unicode's White_Space, which is less than what Python's str.strip takes away.
WHITE_SPACE = "".join(map(chr, (*range(9, 14), 32, 133, 160, 5760, *range(8192, 8203), 8232, 8233, 8239, 8287, 12288)))
WITHOUT_WIDTH = "".join(map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF)))
TRIMMED = WHITE_SPACE + WITHOUT_WIDTH


def trimmed(text: str) -> str:
    """The text without white space and characters without width at both ends; an empty one means none was given."""
    return text.strip(TRIMMED)
