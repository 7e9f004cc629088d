"""Categories in the admin: an operator adds and corrects them; the slug, by which the importer knows one, stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from spots.models import Category
from tests import second_factor

FIELDS = {"name_ja": "銭湯", "name_en": "Bathhouses", "icon": "銭", "colour": "200", "position": "20"}


@pytest.fixture
def superuser(db: None, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(second_factor.superuser())


def test_a_superuser_corrects_a_category_but_not_its_slug(superuser: Client) -> None:
    category = Category.objects.get(slug="park")
    address = f"/admin/spots/category/{category.pk}/change/"
    assert 'name="slug"' not in superuser.get(address).content.decode()
    assert superuser.post(address, FIELDS | {"slug": "renamed"}).status_code == 302
    category.refresh_from_db()
    assert (category.slug, category.name_ja) == ("park", "銭湯")


def test_a_superuser_adds_a_category(superuser: Client) -> None:
    assert 'name="slug"' in superuser.get("/admin/spots/category/add/").content.decode()
    assert superuser.post("/admin/spots/category/add/", FIELDS | {"slug": "sento"}).status_code == 302
    assert Category.objects.get(slug="sento").name_ja == "銭湯"


def test_a_moderator_adds_and_changes_none(mori: User, sign_in: Callable[[User], Client]) -> None:
    category = Category.objects.get(slug="park")
    for address in ("/admin/spots/category/add/", f"/admin/spots/category/{category.pk}/change/"):
        assert sign_in(mori).post(address, FIELDS | {"slug": "sento"}).status_code == 403
    assert not Category.objects.filter(name_ja="銭湯").exists()
