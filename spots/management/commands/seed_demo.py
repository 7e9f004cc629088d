"""`manage.py seed_demo`: a first look at the site, with real places and invented people."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from spots.demo import Account, seed


class Command(BaseCommand):
    help = "空のサイトに見本のスポット、利用者、コメント、保存リストを入れます。スポットがあるサイトには何もしません。"

    def handle(self, *args: Any, **options: Any) -> None:
        accounts = seed()
        if not accounts:
            self.stdout.write("スポットがもうあるので、見本は入れませんでした。")
            return
        self.stdout.write("見本を入れました。利用者のパスワードは、いま一度だけ表示します。")
        self.stdout.write("\n".join(map(_line, accounts)))


def _line(account: Account) -> str:
    role = "モデレーター" if account.is_moderator else "利用者"
    return f"  {account.display_name} ({account.username})  パスワード: {account.password}  {role}"
