"""The letters names are written with. Source: DIN 91379:2022, data types A and B, in NFC."""

import re
import unicodedata

# Code points, both ends of a range included.
_LATIN = (
    (0x41, 0x5A), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x17E), (0x187, 0x188),
    (0x18F, 0x18F), (0x197, 0x197), (0x1A0, 0x1A1), (0x1AF, 0x1B0), (0x1B7, 0x1B7),
    (0x1CD, 0x1DC), (0x1DE, 0x1DF), (0x1E2, 0x1F0), (0x1F4, 0x1F5), (0x1F8, 0x1FF),
    (0x212, 0x213), (0x218, 0x21B), (0x21E, 0x21F), (0x227, 0x233), (0x259, 0x259),
    (0x268, 0x268), (0x292, 0x292), (0x1E02, 0x1E03), (0x1E06, 0x1E07), (0x1E0A, 0x1E11),
    (0x1E1C, 0x1E2B), (0x1E2F, 0x1E37), (0x1E3A, 0x1E3B), (0x1E40, 0x1E49), (0x1E52, 0x1E5B),
    (0x1E5E, 0x1E63), (0x1E6A, 0x1E6F), (0x1E80, 0x1E87), (0x1E8C, 0x1E97), (0x1E9E, 0x1E9E),
    (0x1EA0, 0x1EF9),
)  # fmt: skip
_GREEK_AND_CYRILLIC = (
    (0x386, 0x386), (0x388, 0x38A), (0x38C, 0x38C), (0x38E, 0x3A1), (0x3A3, 0x3CE),
    (0x40D, 0x40D), (0x410, 0x42A), (0x42C, 0x42C), (0x42E, 0x44A), (0x44C, 0x44C),
    (0x44E, 0x44F), (0x45D, 0x45D),
)  # fmt: skip
# What follows a letter to make one that has no code point of its own, and the letters it follows.
_SEQUENCES = {
    "\u0300": "CFGKMPSTZcfgkmpstz",
    "\u0301": "JjÿĪī",
    "\u0302": "DKLMNdklmn",
    "\u0304": "CFHKNPSTZcfhknpstzÛûḲḳṢṣṬṭỤụ",
    "\u0306": "CMNRZcmnrzÇç",
    "\u0307": "KUku",
    "\u0308": "CTZczẠạỌọỤụ",
    "\u030b": "Aa",
    "\u030c": "J",
    "\u0310": "Mm",
    "\u0315": "CKPTckptČč",
    "\u031b": "KTkt",
    "\u031b\u0304": "Ss",
    "\u0323": "CPcpČč",
    "\u0325": "LRlr",
    "\u0325\u0304": "LRlr",
    "\u0326": "CHKLNchklnŽž",
    "\u0327": "ZzŽž",
    "\u0328\u0306": "Cc",
    "\u0331": "HSs",
    "\u035fH": "K",
    "\u035fh": "Kk",
}
_SIGNS = " ',-.`~\u00a8\u00b4\u00b7\u02b9\u02ba\u02be\u02bf\u02c8\u02cc\u2019\u2021"
_FURTHER_SIGNS = (
    (0x21, 0x26), (0x28, 0x2B), (0x2F, 0x40), (0x5B, 0x5F), (0x7B, 0x7D), (0xA1, 0xA3),
    (0xA5, 0xA5), (0xA7, 0xA7), (0xA9, 0xAC), (0xAE, 0xB3), (0xB5, 0xB6), (0xB9, 0xBB),
    (0xBF, 0xBF), (0xD7, 0xD7), (0xF7, 0xF7), (0x20AC, 0x20AC),
)  # fmt: skip


def _pattern(*ranges: tuple[int, int]) -> re.Pattern[str]:
    singles = re.escape(_SIGNS) + "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in ranges)
    sequences = [
        f"[{letters}]{marks}"
        for marks, letters in sorted(_SEQUENCES.items(), key=lambda one: -len(one[0]))
    ]
    return re.compile(f"(?:{'|'.join(sequences)}|[{singles}])+")


_NAME = _pattern(*_LATIN)
_ALIAS = _pattern(*_LATIN, *_GREEK_AND_CYRILLIC)
_WORDING = _pattern(*_LATIN, *_FURTHER_SIGNS)


def is_name(text: str) -> bool:
    """Whether a name is written with the letters and signs of data type A."""
    return _written(_NAME, text)


def is_alias(text: str) -> bool:
    """As a name; the standard's Greek and Cyrillic letters too."""
    return _written(_ALIAS, text)


def is_wording(text: str) -> bool:
    """Whether a place or a street is written with the letters and signs of data type B."""
    return _written(_WORDING, text)


def _written(pattern: re.Pattern[str], text: str) -> bool:
    """No blanks around it: two spellings would be two persons."""
    return (
        pattern.fullmatch(text) is not None
        and text == text.strip()
        and unicodedata.is_normalized("NFC", text)
    )
