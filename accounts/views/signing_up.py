"""Signing up: the form, and the page where the mailed code is typed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from allauth.account import views as allauth_views
from allauth.account.adapter import get_adapter
from allauth.account.utils import complete_signup
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.forms import SignUpAddressForm, SignUpCodeForm
from accounts.signup import SignUp
from machipoke.pages import page, too_many
from machipoke.ratelimits import address_of, spend

_TEMPLATE = "account/confirm_email_verification_code.html"


class SignupView(allauth_views.SignupView):
    """What was typed waits in the session until the mailed code is typed too."""

    def get_initial(self) -> dict[str, Any]:
        sign_up = SignUp.under_way(self.request)
        typed = {name: getattr(sign_up, name) for name in ("username", "email", "display_name")} if sign_up else {}
        return typed | dict(super().get_initial())

    def form_valid(self, form: Any) -> HttpResponse:
        spend(self.request, "signup", address_of(self.request))
        person = form.instance
        person.set_password(form.cleaned_data["password1"])
        sign_up = SignUp.of(person, self.get_success_url() or "", get_language() or "ja")
        if not sign_up.mail_to(self.request, person.email):
            return too_many(self.request)
        return redirect("account_email_verification_sent")


def confirm_email(request: HttpRequest) -> HttpResponseBase:
    """The code of a sign-up under way; where there is none, allauth's page for an address of an account."""
    sign_up = None if request.user.is_authenticated or _is_login_under_way(request) else SignUp.under_way(request)
    if sign_up is None:
        answer: HttpResponseBase = allauth_views.email_verification_sent(request)
        return answer
    if request.method != "POST":
        return _code_page(request, sign_up)
    steps = {"resend": _resend, "change": _change}
    return steps.get(request.POST.get("action", ""), _verify)(request, sign_up)


def _is_login_under_way(request: HttpRequest) -> bool:
    """Whether somebody signed in whose address is not proven: allauth asks them for a code of its own."""
    return bool(request.session.get("account_login"))


def _code_page(
    request: HttpRequest,
    sign_up: SignUp,
    verify_form: SignUpCodeForm | None = None,
    change_form: SignUpAddressForm | None = None,
) -> HttpResponse:
    context = {
        "email": sign_up.email,
        "verify_form": verify_form or SignUpCodeForm(),
        "change_form": change_form or SignUpAddressForm(),
        "can_change": sign_up.may_mail,
        "can_resend": sign_up.may_mail,
        "is_sign_up": True,
    }
    response = page(request, _TEMPLATE, context)
    response["Cache-Control"] = "private, no-store"
    return response


def _verify(request: HttpRequest, sign_up: SignUp) -> HttpResponse:
    form = SignUpCodeForm(request.POST, code=sign_up.code)
    if sign_up.is_code_dead:
        form.add_error("code", _("このコードはもう使えません。新しいコードを送ってください。"))
        return _code_page(request, sign_up, form)
    if request.POST.get("code", "").strip() and not sign_up.may_try():
        return too_many(request)
    if form.is_valid():
        return _join(request, sign_up)
    if form.has_error("code", "incorrect_code") and not sign_up.count_wrong_code(request):
        del form.errors["code"]
        form.add_error("code", _("3回違ったため、このコードはもう使えません。新しいコードを送ってください。"))
    return _code_page(request, sign_up, form)


def _join(request: HttpRequest, sign_up: SignUp) -> HttpResponse:
    try:
        person = sign_up.finish()
    except ValidationError as error:
        return _taken(request, sign_up, "email" in error.message_dict)
    sign_up.forget(request)
    response: HttpResponse = complete_signup(request, person, None, sign_up.next or None)
    return response


def _taken(request: HttpRequest, sign_up: SignUp, is_member: bool) -> HttpResponse:
    """Someone was faster since the form was sent; who typed the code may know that the address has an account."""
    if is_member:
        sign_up.forget(request)
        messages.info(request, _("このアドレスはもう登録されています。ログインしてください。"))
    else:
        messages.error(request, _("このユーザー名は、いまほかの人が使いはじめました。別の名前にしてください。"))
    query = f"?{urlencode({'next': sign_up.next})}" if sign_up.next else ""
    return redirect(reverse("account_login" if is_member else "account_signup") + query)


def _resend(request: HttpRequest, sign_up: SignUp) -> HttpResponse:
    return _mailed(request, sign_up, sign_up.email)


def _change(request: HttpRequest, sign_up: SignUp) -> HttpResponse:
    form = SignUpAddressForm(request.POST)
    if not form.is_valid():
        return _code_page(request, sign_up, change_form=form)
    return _mailed(request, sign_up, get_adapter(request).clean_email(form.cleaned_data["email"]))


def _mailed(request: HttpRequest, sign_up: SignUp, email: str) -> HttpResponse:
    if not sign_up.may_mail:
        messages.error(request, _("これ以上は送れません。はじめから登録をやり直してください。"))
    elif not sign_up.mail_to(request, email):
        messages.error(request, _("送ったばかりです。少し待ってから、もう一度お試しください。"))
    else:
        messages.success(request, _("新しいコードを送りました。"))
    return redirect("account_email_verification_sent")
