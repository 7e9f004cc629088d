"""A spot as schema.org's TouristAttraction, for search engines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from media_store.addresses import absolute
from media_store.models import StoredObject
from spots.models import Spot

PICTURE_WIDTH = 1280
"""Search engines ask for 1200 or more."""


def place(spot: Spot, site_url: str, pictures: Sequence[StoredObject] = ()) -> str:
    """The JSON text, with `pictures` of it, the cover first; the caller makes it safe for a script element."""
    facts: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "TouristAttraction",
        "@id": f"{site_url}{spot.get_absolute_url()}",
        "url": f"{site_url}{spot.get_absolute_url()}",
        "name": spot.name,
        "alternateName": spot.name_en or None,
        "description": spot.description or None,
        "geo": {"@type": "GeoCoordinates", "latitude": spot.latitude, "longitude": spot.longitude},
        "address": _address(spot),
        "telephone": spot.phone or None,
        "sameAs": spot.website or None,
        "image": [absolute(picture, PICTURE_WIDTH, is_public=spot.is_public) for picture in pictures] or None,
        "publicAccess": True,
    }
    return json.dumps({name: value for name, value in facts.items() if value is not None}, ensure_ascii=False)


def _address(spot: Spot) -> dict[str, str] | None:
    area = spot.area
    if not spot.address and area is None:
        return None
    found = {"@type": "PostalAddress", "addressCountry": "JP", "streetAddress": spot.address}
    if area:
        found |= {"addressRegion": area.prefecture, "addressLocality": area.name}
    return found
