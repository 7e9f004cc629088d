"""Municipal open data in and out: `importing.import_file`, `export_table` and `export_maps`."""
