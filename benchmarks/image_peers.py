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

ROUNDS, MOST_ROUNDS = 10, 60
MOST_WAITED = 0.05
"""Of a round's time: above it a round tells of the machine's other work."""

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


def _undisturbed(work: Callable[[], object]) -> float | None:
    """Seconds by the clock; None where our threads had to wait for a core that somebody else had."""
    waited, began = _waited_seconds(), time.perf_counter()
    work()
    taken = time.perf_counter() - began
    return taken if _waited_seconds() - waited < taken * MOST_WAITED else None


def _waited_seconds() -> float:
    """Of all our threads that were ready to run, for a core, as the kernel counts; waiting for a lock is not in it."""
    counts = [(task / "schedstat").read_text().split()[1] for task in Path("/proc/self/task").iterdir()]
    return sum(map(int, counts)) / 1e9


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
        """Seconds by the clock for eight sizes: one after another, and two at a time, while nobody else ran."""
        jobs = [Variant(width, quality=QUALITY) for width in WIDTHS] * 2
        one_by_one, at_once = [], []
        with ThreadPoolExecutor(2) as threads:
            for _ in range(MOST_ROUNDS):
                alone = _undisturbed(lambda: [make_variant(content, job) for job in jobs])
                both = _undisturbed(lambda: list(threads.map(lambda job: make_variant(content, job), jobs)))
                if alone is not None and both is not None:
                    one_by_one.append(alone)
                    at_once.append(both)
                if len(at_once) == ROUNDS:
                    break
        if not at_once:
            return {"quiet_rounds": 0}
        return {"one_by_one": min(one_by_one), "at_once": min(at_once), "quiet_rounds": len(at_once)}

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
