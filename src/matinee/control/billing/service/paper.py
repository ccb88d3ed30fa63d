"""An invoice as a page that can be printed and kept.

Names come in any script. Latin letters are in the font that comes with the library, Chinese, Japanese and Korean in fonts
that every reader of PDF has by name; others need a font of the machine. What no font here has is written in Latin letters
rather than as boxes, and so are scripts whose letters join (Arabic, the Indic ones): unjoined they would be wrong.
"""

import io
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from anyascii import anyascii
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from matinee.control.billing.model.amounts import PPM
from matinee.control.billing.model.invoices import Invoice, Line
from matinee.control.billing.settings import Seller

_LEFT, _RIGHT, _TOP = 60, A4[0] - 60, A4[1] - 70
_NO_FRACTION = frozenset(("JPY", "KRW", "VND", "CLP", "ISK", "XAF", "XOF"))
_JOINING = ("ARABIC", "SYRIAC", "HEBREW", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU",
            "KANNADA", "MALAYALAM", "SINHALA", "THAI", "LAO", "TIBETAN", "MYANMAR", "KHMER", "MONGOLIAN")  # fmt: skip
_CID = {
    "HIRAGANA": "HeiseiKakuGo-W5",
    "KATAKANA": "HeiseiKakuGo-W5",
    "HANGUL": "HYGothic-Medium",
    "CJK": "HeiseiKakuGo-W5",
}
_KINDS = {"renewal": "Invoice", "start": "Invoice", "change": "Invoice", "credit_note": "Credit note"}
_WHAT = {
    "period": "{plan}, {since} to {until}",
    "coupon": "Coupon",
    "rest_of_new": "{plan}, rest of the period, {since} to {until}",
    "rest_of_old": "{plan}, unused, {since} to {until}",
    "refund": "Refund, {plan}, {since} to {until}",
}


def as_pdf(invoice: Invoice, seller: Seller, *, of_number: str = "", fonts: Sequence[bytes] = ()) -> bytes:
    out = io.BytesIO()
    # Without the hour of printing in it, the same invoice is the same file.
    page = _Page(Canvas(out, pagesize=A4, invariant=1), _chain(tuple(fonts)))
    page.canvas.setTitle(f"{_KINDS[invoice.kind]} {invoice.number}")
    page.text(seller.name, size=16)
    for line in (*seller.address, *([f"Tax number {seller.tax_number}"] if seller.tax_number else [])):
        page.text(line)
    page.gap()
    page.text(f"{_KINDS[invoice.kind]} {invoice.number}", size=14)
    page.text(f"Date: {_day(invoice.issued_at)}")
    if of_number:
        page.text(f"Corrects invoice {of_number}")
    page.text(f"To: {invoice.bill_to}")
    page.gap()
    for each in invoice.lines:
        page.row(_described(each), money(each.amount, invoice.currency))
    page.rule()
    page.row("Net", money(invoice.net, invoice.currency))
    page.row(_tax_line(invoice), money(invoice.tax, invoice.currency))
    page.row("Total", money(invoice.total, invoice.currency), size=12)
    if invoice.credit_used > 0:
        page.row("From your balance", money(-invoice.credit_used, invoice.currency))
    if invoice.credit_used < 0:
        page.row("Onto your balance", money(-invoice.credit_used, invoice.currency))
    page.gap()
    page.text(_standing(invoice))
    if seller.footer:
        page.text(seller.footer)
    page.canvas.showPage()
    page.canvas.save()
    return out.getvalue()


def money(units: int, currency: str) -> str:
    """Without the conventions of any place: invoices are read everywhere."""
    if currency in _NO_FRACTION:
        return f"{currency} {units}"
    sign, whole = "-" if units < 0 else "", abs(units)
    return f"{currency} {sign}{whole // 100}.{whole % 100:02d}"


def _tax_line(invoice: Invoice) -> str:
    if not invoice.tax_name:
        return "Tax: none"
    return f"{invoice.tax_name} {invoice.tax_ppm * 100 / PPM:g} %, {invoice.country}"


def _standing(invoice: Invoice) -> str:
    if invoice.kind == "credit_note":
        return "The amount was given back the way it was paid."
    if invoice.state == "paid":
        return f"Paid{f' on {_day(invoice.paid_at)}' if invoice.paid_at else ''}. Thank you."
    return "Canceled: nothing is owed." if invoice.state == "void" else f"Due: {money(invoice.due, invoice.currency)}"


def _described(line: Line) -> str:
    return _WHAT[line.what].format(plan=line.plan.capitalize(), since=_day(line.since), until=_day(line.until))


def _day(at: datetime) -> str:
    return at.strftime("%Y-%m-%d")


class _Page:
    def __init__(self, canvas: Canvas, chain: "_Chain") -> None:
        self.canvas = canvas
        self._chain = chain
        self._y = _TOP

    def text(self, text: str, *, size: int = 10) -> None:
        self._draw(text, _LEFT, size)
        self._down(size)

    def row(self, text: str, amount: str, *, size: int = 10) -> None:
        self._draw(text, _LEFT, size)
        self._draw(amount, _RIGHT - self._chain.width(amount, size), size)
        self._down(size)

    def rule(self) -> None:
        self.canvas.line(_LEFT, self._y + 6, _RIGHT, self._y + 6)
        self._down(4)

    def gap(self) -> None:
        self._y -= 18

    def _down(self, size: int) -> None:
        self._y -= size * 1.5
        if self._y < 60:
            self.canvas.showPage()
            self._y = _TOP

    def _draw(self, text: str, x: float, size: int) -> None:
        for font, run in self._chain.runs(text):
            self.canvas.setFont(font, size)
            self.canvas.drawString(x, self._y, run)
            x += stringWidth(run, font, size)


class _Chain:
    """Which font writes which letter."""

    def __init__(self, faces: Sequence[TTFont]) -> None:
        self._faces = faces

    def runs(self, text: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for letter in unicodedata.normalize("NFC", text):
            for font, written in self._written(letter):
                if found and found[-1][0] == font:
                    found[-1] = (font, found[-1][1] + written)
                else:
                    found.append((font, written))
        return found

    def width(self, text: str, size: int) -> float:
        return float(sum(stringWidth(run, font, size) for font, run in self.runs(text)))

    def _written(self, letter: str) -> list[tuple[str, str]]:
        if unicodedata.category(letter).startswith("C"):  # controls, marks of direction, halves of pairs
            return []
        script = unicodedata.name(letter, "").split(" ")[0]
        if script not in _JOINING:
            for face in self._faces:
                if ord(letter) in face.face.charToGlyph:
                    return [(face.fontName, letter)]
            if script in _CID and ord(letter) <= 0xFFFF:
                return [(_cid(_CID[script]), letter)]
        return [(self._faces[0].fontName, each) for each in anyascii(letter) if each.isprintable()]


@cache
def _cid(name: str) -> str:
    pdfmetrics.registerFont(UnicodeCIDFont(name))
    return name


@cache
def _chain(fonts: tuple[bytes, ...]) -> _Chain:
    faces = [_registered(TTFont("matinee-vera", "Vera.ttf"))]
    for number, data in enumerate(fonts):
        try:
            faces.append(_registered(TTFont(f"matinee-{number}", io.BytesIO(data))))
        except TTFError:
            continue  # a font this library cannot set: the next one is tried
    return _Chain(faces)


def _registered(font: TTFont) -> TTFont:
    pdfmetrics.registerFont(font)
    return font
