"""allauth's pages under its own names, and ours before them."""

from django.urls import include, path
from django.views.decorators.http import require_http_methods
from django.views.generic import RedirectView

from accounts.views.passwords import ForgottenView, NewPasswordView, ResetCodeView
from accounts.views.profile import profile
from accounts.views.signing_up import SignupView, confirm_email

_form = require_http_methods(["GET", "HEAD", "POST"])

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="account_profile"), name="account_index"),
    path("profile/", _form(profile), name="account_profile"),
    path("signup/", SignupView.as_view(), name="account_signup"),
    path("confirm-email/", confirm_email, name="account_email_verification_sent"),
    path("password/reset/", ForgottenView.as_view(), name="account_reset_password"),
    path("password/reset/complete/", NewPasswordView.as_view(), name="account_complete_password_reset"),
    path("password/reset/confirm/", ResetCodeView.as_view(), name="account_confirm_password_reset_code"),
    path("2fa/", include("accounts.urls.second_factor")),
    path("sessions/", include("accounts.urls.devices")),
    path("tokens/", include("accounts.urls.tokens")),
    path("notices/", include("accounts.urls.notices")),
    path("", include("accounts.urls.avatar")),
    path("", include("accounts.urls.leaving")),
    path("", include("allauth.account.urls")),
]
