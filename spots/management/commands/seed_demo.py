"""`manage.py seed_demo`: a first look at the site, with real places and invented people."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from media_store.stores import StoreUnavailable
from spots.demo import Account, seed
from spots.demo_pictures import paint


class Command(BaseCommand):
    help = "空のサイトに見本（スポット、利用者、コメント、保存リスト、絵）を入れます。スポットがあれば何もしません。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--without-pictures", action="store_true", help="絵を入れません")

    def handle(self, *args: Any, **options: Any) -> None:
        accounts = seed()
        if accounts:
            self.stdout.write("見本を入れました。利用者のパスワードは、いま一度だけ表示します。")
            self.stdout.write("\n".join(map(_line, accounts)))
        else:
            self.stdout.write("スポットがもうあるので、見本は入れませんでした。")
        self.stdout.flush()  # the passwords, whatever comes of the pictures
        if not options["without_pictures"]:
            self._paint()

    def _paint(self) -> None:
        try:
            added = paint()
        except StoreUnavailable:
            self.stdout.write("写真の保存先が答えないため、見本の絵は途中までです。もう一度実行すると続きを入れます。")
            return
        if added:
            self.stdout.write(f"見本のスポットに、プログラムが描いた絵を {added} 枚入れました。")


def _line(account: Account) -> str:
    role = "モデレーター" if account.is_moderator else "利用者"
    return f"  {account.display_name} ({account.username})  パスワード: {account.password}  {role}"
