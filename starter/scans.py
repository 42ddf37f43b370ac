"""What a scanner sends, as the registry names it."""

from __future__ import annotations


def scanned(text: str) -> tuple[str | None, str | None]:
    """A GS1 code in the form in which UDIs are stored, and what is wrong with it, as a sentence.

    Neither: it is no such code.
    """
    from models.udi import UdiError, is_scan, read_udi  # the tables of GS1 take their time

    if not is_scan(text):
        return None, None
    try:
        udi = read_udi(text)
    except UdiError as error:
        return None, f"What was scanned can't be read: {error}. Scan it again, or give the serial number."
    if not udi.names_a_unit:
        return udi.text, "The code names a model, not a unit: scan the one with the serial number, or type that."
    return udi.text, None


def serial_within(name: str | None) -> str | None:
    """The serial number in a UDI as it is stored."""
    from models.udi import SERIAL, read_elements

    return dict(read_elements(name)).get(SERIAL) if name is not None else None
