"""Moderators may merge categories, and do nothing else with them."""

import django.db.models.deletion
from django.db import migrations, models

MODERATORS = "moderators"


def allow(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    content_type, _made = ContentType.objects.get_or_create(app_label="spots", model="category")
    # Django makes permissions after the last migration, so on an empty database it is made here.
    permission, _made = Permission.objects.get_or_create(
        content_type=content_type,
        codename="merge_category",
        defaults={"name": "カテゴリをほかのカテゴリにまとめられる"},
    )
    group, _made = Group.objects.get_or_create(name=MODERATORS)
    group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ("spots", "0006_merged_categories"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="category",
            options={
                "ordering": ["position", "slug"],
                "permissions": [("merge_category", "カテゴリをほかのカテゴリにまとめられる")],
                "verbose_name": "カテゴリ",
                "verbose_name_plural": "カテゴリ",
            },
        ),
        migrations.AlterField(
            model_name="spot",
            name="category",
            field=models.ForeignKey(
                limit_choices_to={"merged_into": None},
                on_delete=django.db.models.deletion.PROTECT,
                related_name="spots",
                to="spots.category",
                verbose_name="カテゴリ",
            ),
        ),
        migrations.AddConstraint(
            model_name="category",
            constraint=models.CheckConstraint(
                condition=models.Q(("merged_into", models.F("id")), _negated=True),
                name="category_not_merged_into_itself",
            ),
        ),
        migrations.RunPython(allow, migrations.RunPython.noop),
    ]
