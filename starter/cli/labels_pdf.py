"""The labels of units as a PDF: pages of A4, three labels across, by typst."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from starter.failures import BadInput

if TYPE_CHECKING:
    from starter.labels import Label

NO_TYPST = (
    "A PDF takes the package typst, which is not installed here: install fieldcare[pdf], or write HTML and print that."
)

# What stands on labels comes as data, and is never read as typst's language. What does not fit is cut off above what to
# do, which always stands there.
SHEET = """
#set page(paper: "a4", margin: 8mm)
#set text(font: ("Noto Sans", "DejaVu Sans", "Libertinus Serif"), size: 7.5pt)
#set par(leading: 0.45em, spacing: 0.55em)
#set document(title: "Fieldcare labels")
#let anywhere(name) = name.clusters().join(sym.zws) // a long serial number goes on in the next line
#let labels = json(bytes(sys.inputs.labels))
#let label(one) = block(width: 100%, height: 40mm, inset: 2mm, radius: 2mm, breakable: false, clip: true,
  stroke: (paint: luma(50%), thickness: 0.2mm, dash: "dashed"),
  grid(columns: (31mm, 1fr), column-gutter: 2mm,
    align(horizon, image(bytes(one.code), format: "svg", width: 31mm, alt: "QR code of the label of " + one.serial)),
    grid(rows: (auto, 1fr, auto), row-gutter: 1mm, align: top + left,
      text(size: if one.serial.len() > 13 { 8pt } else { 8.5pt }, weight: "bold", anywhere(one.serial)),
      block(height: 100%, width: 100%, clip: true)[
        #one.what

        #one.where
      ],
      text(size: 7pt)[*Fault? Scan.* \\ #text(lang: "de")[*Störung? Scannen.*]])))
#grid(columns: (1fr,) * 3, gutter: 3mm, ..labels.map(label))
"""


def sheets(made: Sequence[Label], code_of: Callable[[Label], str]) -> bytes:
    """The labels as pages to print, 18 on each.

    Args:
        code_of: the QR code of a label, as SVG.

    Raises:
        BadInput: what writes PDF is not installed.
    """
    try:
        import typst
    except ImportError:
        raise BadInput(NO_TYPST) from None
    rows = [{"serial": one.serial, "what": one.what, "where": one.where, "code": code_of(one)} for one in made]
    written = typst.compile(SHEET.encode(), sys_inputs={"labels": json.dumps(rows)}, format="pdf")
    assert isinstance(written, bytes)  # noqa: S101 - one document, and no file was named
    return written
