#!/usr/bin/env python
"""Entry point of every operator's command: `python manage.py up`, `import_spots`, …"""

import os
import sys


def main() -> int:
    """Run one command; a configuration error is one line on stderr and status 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "machipoke.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db.utils import OperationalError, ProgrammingError

    try:
        execute_from_command_line(sys.argv)
    except (OperationalError, ProgrammingError) as error:
        print(
            f"データベースを使えません（{error}）。初めてのときは、先に manage.py up を実行してください。".replace(
                "\n", " "
            ),
            file=sys.stderr,
        )
        return 1
    except ImproperlyConfigured as error:
        print(f"設定エラー: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
