"""What people call the device that a browser says it runs on."""

from __future__ import annotations

from django.utils.translation import gettext as _

BROWSERS = {
    # The first that is found counts: most of them also say Chrome, and all but Firefox say Safari.
    **dict.fromkeys(("Edg/", "EdgA/", "EdgiOS/"), "Edge"),
    "OPR/": "Opera",
    "Vivaldi/": "Vivaldi",
    "SamsungBrowser/": "Samsung Internet",
    "DuckDuckGo/": "DuckDuckGo",
    " Line/": "LINE",
    "YJApp": "Yahoo! JAPAN",
    "FxiOS/": "Firefox",
    "Firefox/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
    "curl/": "curl",
    "python-requests/": "Python",
    "python-httpx/": "Python",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Macintosh": "Mac",
    "Linux": "Linux",
}


def device_name(user_agent: str) -> str:
    """「Chrome・Windows」; says what is not known, and never more than these words.

    >>> device_name("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    'Firefox・Linux'
    """
    known = (_named(user_agent, BROWSERS), _named(user_agent, SYSTEMS))
    return "・".join(filter(None, known)) or _("不明な端末")


def _named(user_agent: str, words: dict[str, str]) -> str:
    return next((name for sign, name in words.items() if sign in user_agent), "")
