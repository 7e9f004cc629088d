"""`sessions/`: where one is signed in."""

from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from accounts.views.devices import devices, end_device, end_others

urlpatterns = [
    path("", require_safe(devices), name="account_devices"),
    path("end-others/", require_POST(end_others), name="account_devices_end_others"),
    path("<uuid:id>/end/", require_POST(end_device), name="account_device_end"),
]
