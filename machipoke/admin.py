"""The admin panel's site: for staff; for everyone else it does not exist."""

from django.contrib.admin import AdminSite

site = AdminSite(name="admin")
