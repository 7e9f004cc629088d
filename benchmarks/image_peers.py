"""One way to handle one picture, measured in a process of its own: ours, pyvips, or Pillow as it is usually called.

`python -m benchmarks.image_peers <who> <operation> <file> <a small file> <times>` prints JSON. It needs no Django for
the peers, which live in an environment of their own.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

WIDTHS = (2048, 1280, 640, 320)
QUALITY, MASTER_QUALITY = 82, 88

Operation = Callable[[bytes], object]


def main() -> None:
    """Warm up on the small file, then measure CPU and the peak of memory on the other."""
    who, operation, name, small, times = sys.argv[1:]
    operate = CONTENDERS[who]()[operation]
    content = Path(name).read_bytes()
    if operation == "together":
        print(json.dumps(operate(content)))
        return
    for _ in range(3):
        operate(Path(small).read_bytes())
    before = _peak_mb()
    operate(content)
    peak = _peak_mb() - before
    spent = []
    for _ in range(int(times)):
        began = time.process_time()
        operate(content)
        spent.append((time.process_time() - began) * 1000)
    print(json.dumps({"cpu_ms": min(spent), "peak_mb": peak}))


def _peak_mb() -> float:
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) / 1024


def _ours() -> dict[str, Operation]:
    from django.conf import settings

    settings.configure(USE_I18N=False)
    from media_store.pictures import ingest, make_variant
    from media_store.variants import Variant

    def all_sizes(content: bytes) -> object:
        master = ingest(io.BytesIO(content)).content
        return [make_variant(master, Variant(width, quality=QUALITY)) for width in WIDTHS]

    def one(content: bytes) -> object:
        return make_variant(content, Variant(640, quality=QUALITY))

    def together(content: bytes) -> dict[str, float]:
        """Seconds by the clock for eight sizes: one after another, and two at a time."""
        jobs = [Variant(width, quality=QUALITY) for width in WIDTHS] * 2
        one_by_one, at_once = [], []
        with ThreadPoolExecutor(2) as threads:
            for _ in range(20):  # a quiet moment of a shared machine is in it
                began = time.perf_counter()
                for job in jobs:
                    make_variant(content, job)
                one_by_one.append(time.perf_counter() - began)
                began = time.perf_counter()
                list(threads.map(lambda job: make_variant(content, job), jobs))
                at_once.append(time.perf_counter() - began)
        return {"one_by_one": min(one_by_one), "at_once": min(at_once)}

    def ingest_alone(content: bytes) -> object:
        return ingest(io.BytesIO(content))

    return {"all": all_sizes, "640": one, "together": together, "ingest": ingest_alone}


def _pyvips() -> dict[str, Operation]:
    import pyvips  # type: ignore[import-not-found,unused-ignore]

    def webp(picture: Any) -> bytes:
        return bytes(picture.webpsave_buffer(Q=QUALITY, effort=2, keep="none"))

    def all_sizes(content: bytes) -> object:
        """A cascade: decoded once, each size from the one before."""
        picture = pyvips.Image.thumbnail_buffer(content, WIDTHS[0], size="down").copy_memory()
        made = [picture.jpegsave_buffer(Q=MASTER_QUALITY, keep="none"), webp(picture)]
        for width in WIDTHS[1:]:
            picture = picture.thumbnail_image(width, size="down").copy_memory()
            made.append(webp(picture))
        return made

    def one(content: bytes) -> object:
        return webp(pyvips.Image.thumbnail_buffer(content, 640, size="down"))

    return {"all": all_sizes, "640": one}


def _naive() -> dict[str, Operation]:
    from PIL import Image

    def saved(content: bytes, width: int, format: str, **options: int) -> bytes:
        picture = Image.open(io.BytesIO(content)).convert("RGB")
        out = io.BytesIO()
        height = round(picture.height * width / picture.width)
        picture.resize((width, height), Image.Resampling.LANCZOS).save(out, format, **options)
        return out.getvalue()

    def all_sizes(content: bytes) -> object:
        """Each size from the file that was sent, with our encoder's settings."""
        made = [saved(content, WIDTHS[0], "JPEG", quality=MASTER_QUALITY)]
        return made + [saved(content, width, "WEBP", quality=QUALITY, method=2) for width in WIDTHS]

    def one(content: bytes) -> object:
        return saved(content, 640, "WEBP", quality=QUALITY, method=2)

    return {"all": all_sizes, "640": one}


CONTENDERS: dict[str, Callable[[], dict[str, Operation]]] = {"ours": _ours, "pyvips": _pyvips, "naive": _naive}

if __name__ == "__main__":
    main()
