"""A small town with enough of everything that a page which asks once per row is caught."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone

from accounts.models import User
from spots.models import Category, Comment, Report, SavedItem, SavedList, Spot, Tag

ROWS = 32


class Town(NamedTuple):
    """What the pages with parameters show."""

    spot: Spot
    saved_list: SavedList
    comment: Comment
    report: Report

    def urls(self) -> dict[str, str]:
        """Each page of the site by the name of its route."""
        return {
            **{name: f"/{name}/" for name in ("about", "credits", "guidelines", "terms", "privacy")},
            "home": "/",
            "spots": "/spots/",
            "spot": f"/spots/{self.spot.pk}/",
            "comments_all": f"/spots/{self.spot.pk}/comments/all/",
            "report_look_up": "/reports/",
            "report": f"/reports/{self.report.receipt}/",
            "category": "/categories/park/",
            "tag": "/tags/%E6%A1%9C/",
            "areas": "/areas/",
            "area": "/areas/182010/",
            "lists": "/lists/",
            "list": f"/lists/{self.saved_list.pk}/",
            "profile": "/users/hana/",
        }


def build(hana: User, ren: User, rows: int = ROWS) -> Town:
    """`rows` spots with tags, of one author; comments with replies, public lists with items."""
    park, tag = Category.objects.get(slug="park"), Tag.objects.for_names(["桜"])[0]
    now = timezone.now()
    spots = Spot.objects.bulk_create(
        Spot(
            name=f"公園{number}",
            description="川ぞいの広い公園です。",
            latitude=36.06 + number / 10_000,
            longitude=136.22,
            category=park,
            municipality_code="182010",
            address="福井県福井市大手3丁目",
            created_by=hana,
            published_at=now - timedelta(minutes=number),
            hidden_gem_score=50 + number % 50,
            comment_count=rows if number == 0 else 0,
            save_count=1,
            source="福井市",
            credit="福井市",
            licence="CC BY 4.0",
        )
        for number in range(rows)
    )
    Spot.tags.through.objects.bulk_create(Spot.tags.through(spot=spot, tag=tag) for spot in spots)
    comments = [Comment(spot=spots[0], author=ren, body=f"いい所です{number}") for number in range(rows // 2)]
    comments += [Comment(spot=spots[0], author=hana, body="どうも", parent=parent) for parent in comments[: rows // 2]]
    Comment.objects.bulk_create(comments)
    lists = SavedList.objects.bulk_create(
        SavedList(owner=ren, title=f"旅{number}", visibility="public", item_count=rows) for number in range(rows)
    )
    SavedItem.objects.bulk_create(
        SavedItem(saved_list=lists[0], spot=spot, spot_name=spot.name, note="朝に", position=at)
        for at, spot in enumerate(spots)
    )
    report = Report(reason="wrong")
    report.file(spots[0])
    return Town(spots[0], lists[0], comments[0], report)
