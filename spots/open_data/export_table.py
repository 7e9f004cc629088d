"""Listed spots as a CSV file of 推奨データセット 観光施設一覧, with six columns of our own behind it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from django.utils import translation

from spots.areas import Area
from spots.models import Spot
from spots.open_data.columns import EDITION_A, OWN
from spots.open_data.rows import remark
from spots.open_data.values import neutral

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes UTF-8 for Shift_JIS."""

_NUMERIC = ("緯度", "経度")


def csv_chunks(spots: Iterable[Spot]) -> Iterator[str]:
    """The file, a row at a time: byte order mark, lines that end in CRLF, no cell that a spreadsheet would execute."""
    buffer = io.StringIO(newline="")
    rows = csv.DictWriter(buffer, [*EDITION_A, *OWN], restval="", lineterminator="\r\n")
    buffer.write(BYTE_ORDER_MARK)
    rows.writeheader()
    for spot in spots:
        cells = _cells(spot)
        rows.writerow({name: cell if name in _NUMERIC else neutral(cell) for name, cell in cells.items()})
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _cells(spot: Spot) -> dict[str, str]:
    area = spot.area
    with translation.override("ja"):
        status = str(spot.get_status_display())
    return {
        "都道府県コード又は市区町村コード": spot.municipality_code,
        "NO": spot.external_id,
        "都道府県名": area.prefecture if area else "",
        "市区町村名": _municipality(area),
        "名称": spot.name,
        "名称_カナ": spot.reading,
        "名称_英語": spot.name_en,
        "住所": spot.address,
        "緯度": f"{spot.latitude:.6f}",
        "経度": f"{spot.longitude:.6f}",
        "利用可能日時特記事項": spot.opening_hours,
        "説明": spot.description,
        "連絡先電話番号": spot.phone,
        "URL": spot.website,
        "備考": remark(spot.credit, spot.licence),
        "カテゴリ": spot.category.name_ja,
        # A semicolon separates; the full-width one is the same tag to `machipoke.text.identity`.
        "タグ": ";".join(tag.name.replace(";", "；") for tag in spot.tags.all()),
        "状態": status,
        "出典": spot.source,
        "外部ID": spot.external_id,
        "スポットID": str(spot.pk),
    }


def _municipality(area: Area | None) -> str:
    return "" if area is None or area.is_prefecture else area.name.replace(" ", "")
