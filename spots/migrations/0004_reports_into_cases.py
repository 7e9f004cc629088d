"""Every report finds its case."""

from django.db import migrations
from django.db.models import Count, Max, Min


def collect(apps, schema_editor):
    """One case for each target; open while one of its reports is."""
    Report = apps.get_model("spots", "Report")
    Case = apps.get_model("spots", "Case")
    groups = Report.objects.order_by().values("target_kind", "target_id").annotate(
        n=Count("pk"), first=Min("created_at"), last=Max("created_at")
    )
    for group in list(groups):
        reports = Report.objects.filter(target_kind=group["target_kind"], target_id=group["target_id"])
        newest = reports.order_by("-created_at", "-id").first()
        case = Case.objects.create(
            target_kind=group["target_kind"],
            target_id=group["target_id"],
            report_count=group["n"],
            opened_at=group["first"],
            last_reported_at=group["last"],
            state="open" if reports.filter(state="open").exists() else newest.state,
        )
        reports.update(case=case)


def allow(apps, schema_editor):
    """Moderators work on cases as they did on reports."""
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    group, _made = Group.objects.get_or_create(name="moderators")
    content_type, _made = ContentType.objects.get_or_create(app_label="spots", model="case")
    for verb in ("view", "change"):
        permission, _made = Permission.objects.get_or_create(
            content_type=content_type, codename=f"{verb}_case", defaults={"name": f"Can {verb} case"}
        )
        group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ('spots', '0003_cases_and_drafts'),
    ]

    operations = [
        migrations.RunPython(collect, migrations.RunPython.noop),
        migrations.RunPython(allow, migrations.RunPython.noop),
    ]
