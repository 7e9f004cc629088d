"""The dozen categories and the group of moderators with exactly the permissions its work needs."""

from django.db import migrations

CATEGORIES = [
    # slug, Japanese, English, kanji of the stamp, hue in degrees (the same as in the stylesheet)
    ("nature", "自然・風景", "Nature", "森", "150"),
    ("shrine-temple", "神社・お寺", "Shrines & temples", "社", "30"),
    ("history", "歴史・文化財", "History", "史", "75"),
    ("museum", "博物館・美術館", "Museums", "館", "310"),
    ("food", "食べる", "Food", "食", "52"),
    ("cafe", "カフェ", "Cafés", "茶", "65"),
    ("shop", "買う", "Shops", "店", "105"),
    ("stay", "泊まる", "Stay", "宿", "272"),
    ("onsen", "温泉", "Hot springs", "湯", "215"),
    ("park", "公園・遊ぶ", "Parks & play", "遊", "130"),
    ("event", "まつり・催し", "Festivals", "祭", "15"),
    ("other", "その他", "Other", "他", "240"),
]

MODERATORS = "moderators"
PERMISSIONS = {
    "accounts": {"user": ["view", "change"]},
    "spots": {
        "spot": ["view", "change"],
        "comment": ["view", "change"],
        "report": ["view", "change"],
        "savedlist": ["view"],
        "saveditem": ["view"],
        "tag": ["view", "change"],
        "category": ["view"],
        "moderationaction": ["view"],
    },
}


def fill(apps, schema_editor):
    Category = apps.get_model("spots", "Category")
    for position, (slug, name_ja, name_en, icon, colour) in enumerate(CATEGORIES):
        Category.objects.get_or_create(
            slug=slug,
            defaults={"name_ja": name_ja, "name_en": name_en, "icon": icon, "colour": colour, "position": position},
        )
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    group, _made = Group.objects.get_or_create(name=MODERATORS)
    # Django makes permissions after the last migration, so on an empty database they are made here.
    for app_label, models in PERMISSIONS.items():
        for model, verbs in models.items():
            content_type, _made = ContentType.objects.get_or_create(app_label=app_label, model=model)
            for verb in verbs:
                permission, _made = Permission.objects.get_or_create(
                    content_type=content_type, codename=f"{verb}_{model}", defaults={"name": f"Can {verb} {model}"}
                )
                group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("spots", "0001_initial"),
        ("accounts", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
