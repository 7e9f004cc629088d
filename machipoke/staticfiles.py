"""Static files with their content's hash in the name, ES module imports included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Rewrites `import … from "./x.js";` too; a name that is not in the manifest is served as it is."""

    support_js_module_import_aggregation = True
    manifest_strict = False
