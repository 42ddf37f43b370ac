"""What stands in cells instead of a value: errors of a spreadsheet, words that say nothing, and what it made of a text.

A placeholder that is taken for an identity makes one thing of many, or a thing of nothing.
"""

from __future__ import annotations

import re

_SAYS_NOTHING = frozenset(
    {
        # Typed.
        "n/a", "na", "n.a.", "n.a", "n. a.", "n\\a", "n/k", "n/d", "nil", "none", "null", "unknown", "unk",
        "not available", "not applicable", "not known", "not specified", "not given", "not recorded", "not found",
        "missing", "blank", "empty", "tbd", "tba", "tbc", "to be determined", "to be confirmed", "to be advised",
        "pending", "illegible", "unreadable", "not readable", "not legible", "no serial", "no serial number",
        "no serial no", "no sn", "no s/n", "without", "ditto", "same as above", "various", "see above",
        # In other languages.
        "k.a.", "k. a.", "keine angabe", "unbekannt", "ohne", "ohne sn", "ohne seriennummer", "keine", "entfällt",
        "entf.", "nicht vorhanden", "nicht bekannt", "nicht lesbar", "leer", "dito", "fehlt", "siehe oben", "inconnu",
        "inconnue", "néant", "sans", "vide", "aucun", "aucune", "non renseigné", "non disponible", "illisible",
        "desconocido", "desconocida", "ninguno", "ninguna", "sin número", "sin numero", "vacío", "en blanco",
        "no disponible", "no aplica", "ilegible", "sconosciuto", "nessuno", "nessuna", "vuoto", "non disponibile",
        "n.d.", "n.d", "desconhecido", "vazio", "nenhum", "onbekend", "geen", "leeg", "n.v.t.", "nvt", "brak",
        "nieznany", "okänd", "saknas", "ukendt", "ukjent", "неизвестно", "нет", "н/д", "bilinmiyor", "yok",
        # Written by programs.
        "nan", "-nan", "+nan", "nan(ind)", "-nan(ind)", "1.#qnan", "-1.#qnan", "1.#ind", "-1.#ind", "nat", "undefined",
        "\\n", "object object", "system.object",
        "#", "s/n", "sn", "s/n:", "sn:", "serial", "serial:", "serial number", "serial no", "serial no.", "n°", "nº",
    }
)  # fmt: skip

_LONGEST = max(map(len, _SAYS_NOTHING))
_BRACKETS = {"(": ")", "<": ">", "[": "]", "{": "}"}
_ONLY_SIGNS = re.compile(r"[\W_]*")
_ONLY_FILLERS = re.compile(r"(?:0[0\s.,:/_-]*|[xX]{2,}[xX\s./_-]*|[?*#.\-_–—…\s]*)")
_NO_UNIT = frozenset(
    {
        # What programs say of a question, of a number without end, or before they know.
        "true", "false", "wahr", "falsch", "vrai", "faux", "verdadero", "falso", "vero", "истина", "ложь", "inf",
        "-inf", "+inf", "infinity", "loading...", "loading…", "wird geladen...", "wird geladen…",
        # What may be said of a fault, and names nothing.
        "no data", "no value", "no number", "no label", "not set", "not entered", "not marked", "n.v.", "kein wert",
        "keine daten", "keine nummer", "sin datos", "sin valor", "aucune donnée", "sans numéro",
    }
)  # fmt: skip

_ERROR = re.compile(
    r"# ?[^\s#]*[!?](?:\$?[A-Z]{1,3}\$?\d+)?"  # #REF!, #WERT!, #¿NOMBRE?, #DIV/0!, #REF!A1
    r"|# ?\w{1,2}[/∕⁄]\w{1,5}[!?]?"  # #N/A, #N/D, #I/T, #Н/Д
    r"|#N/A (?:N/A|field not applicable|requesting data|invalid)[\w .]*"  # of market data
    r"|(?:N/A|REF|VALUE|NAME|NULL|NUM|DIV/0|WERT|BEZUG|ZAHL)!|NAME\?"  # without its first sign
    r"|#(?:NV|REF|VALUE|NAME|NULL|NUM|DIV|DIV/0|ERROR|YOK|SAKNAS|PUUTTUU|HIÁNYZIK|NENÍ_K_DISPOZICI|GETTING_DATA"
    r"|BEZUG|WERT|ZAHL|SPILL|CALC|FIELD|BLOCKED|CONNECT|UNKNOWN|BUSY)"
    r"|#{2,}"  # a column that is too narrow
    r"|(?:err|fehler|erreur|errore|fout|ошибка|virhe|fel|chyba|błąd)\s*:\s*#?\d{3}"  # LibreOffice
    r"|error 20\d\d",  # Visual Basic
    re.IGNORECASE,
)

_MONTHS = (
    "jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|mär|mrz|mai|okt|dez|janv|févr|mars|avr|juin|juil|août|déc|ene|"
    "abr|ago|dic|gen|mag|giu|lug|ott|set|out|maj|mei|mrt"
)
_MONTH = f"(?:{_MONTHS}|{_MONTHS.title()})"
"""As spreadsheets write them: 01-MAR may be somebody's serial number."""
_YEAR, _DAY_OF_MONTH = r"(?:19|20)\d{2}", r"(?:0?[1-9]|[12]\d|3[01])"
_CLOCK = r"(?:[ T]\d{1,2}:\d{2}.*)?"
_DATE = re.compile(
    rf"{_DAY_OF_MONTH}[-. /]{{1,2}}{_MONTH}\.?(?:[-. /]\d{{2,4}})?"
    rf"|(?:{_MONTHS.title()})\.?[- ]\d{{2}}"
    rf"|{_YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]){_CLOCK}"
    rf"|{_DAY_OF_MONTH}[./]{_DAY_OF_MONTH}[./]{_YEAR}{_CLOCK}"
)
_POWER = re.compile(r"[+-]?\d+(?:[.,]\d+)?E\+\d{1,3}|[+-]?\d+[.,]\d+E-?\d{1,3}", re.IGNORECASE)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:(?:,\d{3})+(?:\.\d+)?|(?:['’]\d{3})+|(?:\.\d{3}){2,}(?:,\d+)?)")
_FRACTION = re.compile(r"\d{3,}\.0")
_LONG = re.compile(r"\d{15}0+")
"""A spreadsheet keeps fifteen digits and makes zeros of the others."""

_SUMMARY = re.compile(
    r"(?:grand |sub-? ?)?total(?:s| general| général)?|sum|subtotals?|count|average|summe|"
    r"gesamt(?:summe|ergebnis|zahl)?|(?:zwischen|end)summe|teilergebnis|anzahl|mittelwert|somme|nombre|moyenne|totale|somma|conteggio|suma|totaal|som|"
    r"итого|всего|toplam|razem|summa",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"(?:(?:grand )?total|sum|count|summe|gesamt|anzahl|suma|nombre)\s*[:=]\s*[\d.,' ]*"
    r"|\(?\d+ (?:rows?|records?|units?|devices?|items?|zeilen|datensätze|lignes|filas|righe)(?: \w+)?\)?",
    re.IGNORECASE,
)


def is_error(text: str) -> bool:
    """Whether a cell shows an error of a spreadsheet, in whatever language: `#N/A`, `#BEZUG!`, `Err:508`."""
    # Every error has one of these signs, and few texts have.
    return ("#" in text or "!" in text or ":" in text or "?" in text or " 20" in text) and _ERROR.fullmatch(
        text.strip()
    ) is not None


def says_nothing(text: str) -> bool:
    """Whether a cell is empty, or filled with what people and programs write instead of leaving it so."""
    text = text.strip()
    if len(text) > _LONGEST and text[0].isalnum():
        return False
    if not text or _ONLY_SIGNS.fullmatch(text):
        return True
    if _BRACKETS.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    return text.casefold() in _SAYS_NOTHING


def is_filler(text: str) -> bool:
    """Whether a serial number is none though it looks like one: `0`, `00000000`, `XXXX`."""
    return says_nothing(text) or _ONLY_FILLERS.fullmatch(text) is not None or text.strip().casefold() in _NO_UNIT


def is_summary(text: str) -> bool:
    """Whether a row that begins so counts or adds the others: `Total`, `Gesamtergebnis`, `(12 rows)`."""
    text = text.strip()
    return (_SUMMARY.fullmatch(text) or _COUNTED.fullmatch(text)) is not None


def is_rounded(text: str) -> bool:
    """Whether a spreadsheet rounded a number: many others became the same one."""
    return (_POWER.fullmatch(text) or _LONG.fullmatch(text)) is not None


def computed(text: str) -> str | None:
    """What a spreadsheet made of a text, as a part of a sentence: a number that it rounded, a date; None: neither."""
    if is_rounded(text):
        return "was rounded by a spreadsheet"
    return "was made a date by a spreadsheet" if _DATE.fullmatch(text) else None


def spoilt(text: str) -> str | None:
    """What a spreadsheet made of a serial number, which may be a plain number too; None where it kept it, it seems."""
    if (how := computed(text)) is not None:
        return how
    if _GROUPED.fullmatch(text) or _FRACTION.fullmatch(text):
        return "was made a number by a spreadsheet"
    return None
