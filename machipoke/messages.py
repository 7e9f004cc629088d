"""One-time messages in a cookie that is named like our other cookies."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class HostCookieStorage(CookieStorage):
    """`__Host-messages` over https: no other host or path can set it."""

    cookie_name = f"{settings.COOKIE_PREFIX}messages"
