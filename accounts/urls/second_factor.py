"""`2fa/`: the second factor, with allauth's names."""

from django.urls import include, path

urlpatterns = [path("", include("allauth.mfa.urls"))]
