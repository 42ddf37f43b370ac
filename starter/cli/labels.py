"""`fieldcare labels`: a sheet of QR labels, for whoever sticks them on units."""

from __future__ import annotations

import html
import io
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starter.cli.terminal.commands import command
from starter.cli.terminal.file_options import Force

if TYPE_CHECKING:  # `--help` needs none of it
    from starter.labels import Label


class SheetFormat(StrEnum):
    """What a sheet of labels is written as."""

    HTML = "html"
    PDF = "pdf"


def register(app: typer.Typer) -> None:
    """Add the command to `fieldcare`."""
    command(app)(labels)


async def labels(
    *,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The sheet: a new file, or `-`.")],
    customer: Annotated[str | None, typer.Option("--customer", metavar="CODE", help="Of whose units.")] = None,
    site: Annotated[str | None, typer.Option("--site", metavar="CODE", help="Of those of this site.")] = None,
    unit: Annotated[str | None, typer.Option("--unit", metavar="REF", help="Of one unit: serial, UDI or id.")] = None,
    server: Annotated[
        str | None,
        typer.Option("--server", metavar="URL", help="The server's address. Default: FIELDCARE_PUBLIC_URL."),
    ] = None,
    format: Annotated[
        SheetFormat | None, typer.Option("--format", help="Default: pdf where --out ends in .pdf, else html.")
    ] = None,
    force: Force = False,
) -> None:
    """Write a sheet of QR labels, PDF or HTML, three across on A4. Whoever scans one reports a fault of its unit.

    They are signed by FIELDCARE_LABEL_KEY, or by a key that the home keeps; they never expire. A label is void once its
    key is not named any more.
    """
    from starter import labels as labelling
    from starter.addresses import read_settings
    from starter.cli.labels_pdf import sheets
    from starter.cli.terminal.display import show
    from starter.cli.terminal.run import err
    from starter.cli.terminal.written import WrittenFile
    from starter.failures import BadInput
    from starter.services import database_only

    settings = read_settings()
    address = server or settings.public_url
    if address is None or not address.startswith(("https://", "http://")):
        raise BadInput("Say by which address people reach the server: --server https://…, or FIELDCARE_PUBLIC_URL.")
    if site is not None and customer is None:
        raise BadInput("A site is one of a customer: give --customer as well.")
    keys = labelling.label_keys(settings)
    async with database_only(settings) as database:
        found = labelling.labels(database, keys, address, customer=customer, site=site, unit=unit)
        made = [one async for one in found]
    if not made:
        raise BadInput("No unit in service is like that. `fieldcare db import-equipment` and the sample bring some.")
    kind = format or (SheetFormat.PDF if out.suffix.lower() == ".pdf" else SheetFormat.HTML)
    pages = sheets(made, qr_code) if kind is SheetFormat.PDF else sheet(made)
    with WrittenFile(out, "--out", force=force) as file:
        if isinstance(pages, bytes):
            file.write_bytes(pages)
        else:
            file.write(pages)
    show(err, f"{len(made)} {'label' if len(made) == 1 else 'labels'} written to {out}.")


STYLE = """
@page { size: A4; margin: 8mm; }
body { margin: 0; font: 9pt/1.25 system-ui, sans-serif; color: #000; background: #fff; }
main { display: grid; grid-template-columns: repeat(3, 1fr); gap: 3mm; }
section { display: grid; grid-template-columns: 32mm 1fr; gap: 2mm; align-items: center; height: 40mm; padding: 2mm;
  border: .2mm dashed #888; border-radius: 2mm; box-sizing: border-box; overflow: hidden; break-inside: avoid; }
svg { width: 32mm; height: 32mm; display: block; }
h2 { font-size: 11pt; margin: 0 0 1mm; overflow-wrap: anywhere; } p { margin: 0 0 1mm; }
.do { font-weight: 700; }
"""


def sheet(made: list[Label]) -> str:
    """The labels as a page to print: each with its QR code, the unit, and what to do in two languages."""
    parts = "\n".join(_label(one) for one in made)
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Fieldcare labels</title>'
        f"<style>{STYLE}</style></head>\n<body><main>\n{parts}\n</main></body>\n</html>\n"
    )


def qr_code(one: Label) -> str:
    """The QR code of a label, as SVG."""
    import segno

    drawn = io.BytesIO()
    segno.make_qr(one.address, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2, title=f"Label of {one.serial}"
    )
    return drawn.getvalue().decode().strip()


def _label(one: Label) -> str:
    return (
        f"<section>{qr_code(one)}<div><h2>{html.escape(one.serial)}</h2>"
        f"<p>{html.escape(one.what)}</p><p>{html.escape(one.where)}</p>"
        '<p class="do">Fault? Scan.<br><span lang="de">Störung? Scannen.</span></p></div></section>'
    )
