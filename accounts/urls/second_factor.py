"""`2fa/`: the second factor, with allauth's names."""

from django.contrib.auth.decorators import login_required
from django.urls import include, path

from accounts.views.second_factor import SecondFactorView

urlpatterns = [
    path("", login_required(SecondFactorView.as_view()), name="mfa_index"),
    path("", include("allauth.mfa.urls")),
]
