"""Static files with their content's hash in the name, ES module imports included."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from whitenoise.storage import CompressedManifestStaticFilesStorage

_HASHED = re.compile(r"\.[0-9a-f]{12}\.[^.]+$")


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Rewrites `import … from "./x.js";` too; a name that is not in the manifest is served as it is."""

    support_js_module_import_aggregation = True
    manifest_strict = False

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Only the names that pages link to, and only once: a hashed name never holds anything else.

        Compressing everything again after any edit took 9 s at the next start.
        """
        new = [path for path in paths if _HASHED.search(path) and not Path(f"{self.path(path)}.gz").exists()]
        yield from super().compress_files(new)
