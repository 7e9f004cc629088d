"""Writing about a spot: a new one, or a change on top of the version one has seen."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from machipoke.idempotency import KeyReused
from machipoke.kept import taken, to_sign_in
from machipoke.ratelimits import spend
from machipoke.text import clean
from spots.forms import PLACE, SpotForm
from spots.models import Draft, Spot, StaleVersion
from spots.models.draft import MOST_TYPED
from spots.photo_forms import PhotoFields
from spots.views.both import both_texts
from spots.views.post_form import OFFERED, PostForm
from spots.views.tokens import once_per_form, posted_token


def sign_in_without_files(request: HttpRequest) -> HttpResponse:
    """Send a signed-out person to sign in and back; the text is kept meanwhile, files cannot be."""
    if request.method == "POST" and request.FILES:
        messages.warning(request, _("選んだ写真は送れませんでした。ログインのあとで、もう一度選んでください。"))
    if OFFERED in request.POST:
        typed = request.POST.copy()
        del typed[OFFERED]
        request.POST = typed  # type: ignore[assignment]
    return to_sign_in(request)


class LookAlikes(Exception):
    """There are spots like this one right here, which the person has not yet called another place."""

    def __init__(self, spots: list[Spot]) -> None:
        super().__init__(f"{len(spots)} look-alikes")
        self.spots = spots


def new(request: HttpRequest) -> HttpResponse:
    """Post a spot; a signed-out visitor signs in first and comes back to what was typed."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return sign_in_without_files(request)
    if not viewer.may_write:
        raise PermissionDenied
    if request.method != "POST":
        begun = _begun(request, viewer)
        return PostForm(request, photos=PhotoFields(viewer, begun)).first(begun)
    photos = PhotoFields(viewer, request.POST)
    photos.take(request)
    post_form = PostForm(request, photos=photos)
    if post_form.is_not_yet_sent:
        return post_form.pressed()
    form = SpotForm(request.POST)
    are_photos_valid = photos.is_valid()
    if not form.is_valid() or not are_photos_valid:
        keeps = are_photos_valid and _wanted_state(request) == Spot.State.DRAFT
        return _kept_draft(request, viewer, form, post_form) if keeps else post_form.refused(form)
    return _posted_once(request, viewer, form, post_form)


def _posted_once(request: HttpRequest, viewer: User, form: SpotForm, post_form: PostForm) -> HttpResponse:
    photos = post_form.photos
    try:
        url = once_per_form(request, lambda: _post(request, viewer, form, photos))
    except LookAlikes as found:
        return post_form.page(form, look_alikes=found.spots)
    except KeyReused as reused:
        photos.renew()
        return post_form.page(form, status=409, posted_before=reused.answer.headers["Location"], renew=True)
    except ValidationError as error:
        if "id" in getattr(error, "error_dict", {}):  # a spot took the photos with it, from another form
            photos.renew()
        form.add_error(None, error.messages if not photos.is_renewed else _("写真をもう一度選んでください。"))
        return post_form.refused(form)
    said = _("下書きを保存しました。") if _wanted_state(request) == Spot.State.DRAFT else _("公開しました。")
    messages.success(request, said, extra_tags=_posted(request))
    return redirect(url)


def _post(request: HttpRequest, viewer: User, form: SpotForm, photos: PhotoFields) -> str:
    spot = form.instance
    photos.require_all()
    if photos.entries:
        spot.pk = photos.gallery  # under which they lie already
    spot.created_by, spot.state, spot.published_at = viewer, _wanted_state(request), None
    _require_no_look_alike(request, spot)
    spend(request, "spot", viewer.pk)  # within the form's one transaction: what is sent twice counts once
    spot.post(form.cleaned_data["tags"], photos.as_new())
    if token := posted_token(request):
        Draft.objects.visible_to(viewer).filter(pk=token).delete()
    return reverse("spot", args=[spot.pk])


def _begun(request: HttpRequest, viewer: User) -> QueryDict:
    """What a new form begins with: text kept over a sign-in, a draft, or what the address says."""
    if kept := taken(request):
        messages.info(request, _("書いた内容は残っています。確かめて、もう一度送ってください。"))
        return kept
    if draft_id := request.GET.get("draft"):
        draft = get_object_or_404(Draft.objects.visible_to(viewer), pk=_uuid_or_404(draft_id))
        begun = draft.fields.copy()
        begun["form_token"] = str(draft.pk)
        return begun
    begun = QueryDict(mutable=True)
    for name in ("name", "latitude", "longitude", "address"):
        if value := clean(request.GET.get(name, "")):
            begun[name] = value
    return begun


def _uuid_or_404(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404("no such draft") from error


def _kept_draft(request: HttpRequest, viewer: User, form: SpotForm, post_form: PostForm) -> HttpResponse:
    """A draft that is not yet a spot is kept as it was typed."""
    typed = _typed(request)
    if len(typed) > MOST_TYPED:
        return post_form.refused(form)
    Draft(pk=posted_token(request) or uuid.uuid4(), owner=viewer, typed=typed).keep()
    names = dict.fromkeys(_("場所") if name in PLACE else str(form.fields[name].label) for name in form.errors)
    missing = _("、").join(names)
    text = _("書きかけを保存しました。公開するには、次を直してください：%(missing)s") % {"missing": missing}
    messages.success(request, text, extra_tags=_posted(request))
    if post_form.photos.entries:
        messages.info(request, _("写真は1日のあいだ残っています。"))
    return redirect("profile", username=viewer.username)


def _typed(request: HttpRequest) -> str:
    fields = request.POST.copy()
    for name in ("csrfmiddlewaretoken", "form_token", "state", OFFERED):
        fields.pop(name, None)
    return fields.urlencode()


def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a spot. Signed out one signs in, whatever the address; then not visible is 404, someone else's 403."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return to_sign_in(request)
    spot = get_object_or_404(Spot.objects.visible_to(viewer).select_related("category"), pk=pk)
    if not spot.is_editable_by(viewer):
        raise PermissionDenied
    post_form = PostForm(request, spot)
    if request.method != "POST":
        kept = taken(request)
        if kept:
            messages.info(request, _("書いた内容は残っています。確かめて、もう一度送ってください。"))
        return post_form.first(kept or QueryDict())
    if post_form.is_not_yet_sent:
        return post_form.pressed()
    return _store(request, viewer, spot, post_form)


def _store(request: HttpRequest, viewer: User, spot: Spot, post_form: PostForm) -> HttpResponse:
    state = spot.state
    form = SpotForm(request.POST, instance=spot)
    if not form.is_valid():
        return post_form.refused(form)
    changes = form.changes()
    if (wanted := _wanted_state(request, state)) != state:
        changes["state"] = wanted
    try:
        if wanted == Spot.State.PUBLISHED != state:
            _require_no_look_alike(request, spot)
        spot.edit(changes, form.tag_names, form.cleaned_data["version"], by=viewer)
    except LookAlikes as found:
        return post_form.page(form, look_alikes=found.spots)
    except ValidationError as error:
        form.add_error(None, error.messages)  # of what the form has no field for: the state
        return post_form.refused(form)
    except StaleVersion as stale:
        if stale.current is None:
            raise Http404("gone meanwhile") from stale
        return both_texts(post_form, form, stale.current)
    said = _("公開しました。") if "state" in changes and wanted == Spot.State.PUBLISHED else _("直しました。")
    messages.success(request, said, extra_tags=_posted(request))
    return redirect("spot", pk=spot.pk)


def _wanted_state(request: HttpRequest, otherwise: str = Spot.State.PUBLISHED) -> str:
    """What the pressed button says; 「別の場所です」 goes on with publishing."""
    wanted = Spot.State.PUBLISHED if "another" in request.POST else request.POST.get("state", "")
    return wanted if wanted in (Spot.State.DRAFT, Spot.State.PUBLISHED) else otherwise


def _require_no_look_alike(request: HttpRequest, spot: Spot) -> None:
    """Raise LookAlikes before a spot becomes public beside one that may be the same, unless it was called another."""
    if spot.state == Spot.State.DRAFT and _wanted_state(request) == Spot.State.DRAFT:
        return
    listed = Spot.objects.listed().exclude(pk=spot.pk)
    known = set(request.POST.get("another", "").split(","))
    found = listed.look_alikes(spot.name, spot.latitude, spot.longitude)
    if any(str(other.pk) not in known for other in found):
        raise LookAlikes(found)


def _posted(request: HttpRequest) -> str:
    """Tells the browser which form's text it need not keep any longer."""
    return f"posted-{posted_token(request) or ''}"
