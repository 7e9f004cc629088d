"""Run in a process of its own, with the environment of a site behind TLS: answers as JSON on stdout."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "machipoke.settings"


def _told(answer: Any) -> dict[str, Any]:
    cookies = {name: morsel.output(header="") for name, morsel in answer.cookies.items()}
    return {"status": answer.status_code, "headers": dict(answer.headers), "cookies": cookies}


def main() -> None:
    """Answers of the pages that a browser, a proxy's plain hop and a liar would get."""
    import django
    from django.conf import settings

    # The files that the pages name are not collected in a fresh checkout.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    Path(settings.DATA_DIR, "static").mkdir()
    settings.STATIC_ROOT = Path(settings.DATA_DIR, "static")
    django.setup()
    from allauth.account.models import EmailAddress
    from django.core.management import call_command
    from django.test import Client

    from accounts.models import User

    call_command("migrate", verbosity=0)
    person = User.objects.create_user("hana", "hana@example.jp", "tsubaki-no-michi")
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    browser = Client(headers={"host": "machi.example", "x-forwarded-proto": "https"})
    form = {"login": "hana", "password": "tsubaki-no-michi"}
    answers = {
        "page": browser.get("/"),
        "missing": browser.get("/nothing-here/"),
        "form": browser.get("/accounts/login/"),
        "sign in": browser.post("/accounts/login/", form),
        "plain": Client(headers={"host": "machi.example"}).get("/spots/?q=a"),
        "wrong host": Client(headers={"host": "evil.example"}).get("/"),
        "wrong host over TLS": Client(headers={"host": "evil.example", "x-forwarded-proto": "https"}).get("/"),
    }
    json.dump({name: _told(answer) for name, answer in answers.items()}, sys.stdout)


if __name__ == "__main__":
    main()
