"""Pictures: what people send becomes one clean master, and a master becomes the sizes that pages show."""

from media_store.pictures import memory
from media_store.pictures.ingest import hints_of, ingest, ingest_square
from media_store.pictures.kinds import GLANCE_BYTES, sniff
from media_store.pictures.made import Hints, Ingested, PictureRefused
from media_store.pictures.sizes import make_variant

__all__ = [
    "GLANCE_BYTES",
    "Hints",
    "Ingested",
    "PictureRefused",
    "hints_of",
    "ingest",
    "ingest_square",
    "make_variant",
    "sniff",
]

memory.keep_blocks()
