"""An address of a takedown may wait to be asked, and moderators may see and move photos and attachments."""

from django.db import migrations, models

MODERATORS = "moderators"


def allow(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    group, _made = Group.objects.get_or_create(name=MODERATORS)
    for model in ("spotphoto", "attachment"):
        content_type, _made = ContentType.objects.get_or_create(app_label="spots", model=model)
        for verb in ("view", "change"):
            # Django makes permissions after the last migration, so on an empty database they are made here.
            permission, _made = Permission.objects.get_or_create(
                content_type=content_type, codename=f"{verb}_{model}", defaults={"name": f"Can {verb} {model}"}
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ('spots', '0008_photos_and_attachments'),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AlterField(
            model_name='takedownevidence',
            name='status',
            field=models.PositiveSmallIntegerField(editable=False, null=True, verbose_name='答え'),
        ),
        migrations.AddIndex(
            model_name='takedownevidence',
            index=models.Index(condition=models.Q(('status', None), models.Q(('status__in', (404, 410)), _negated=True), _connector='OR'), fields=['id'], name='evidence_open'),
        ),
        migrations.RunPython(allow, migrations.RunPython.noop),
    ]
