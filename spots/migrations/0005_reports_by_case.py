"""A report knows its target by its case alone."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('spots', '0004_reports_into_cases'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='report',
            name='report_target_known',
        ),
        migrations.RemoveConstraint(
            model_name='report',
            name='report_state_known',
        ),
        migrations.RemoveIndex(
            model_name='report',
            name='report_target',
        ),
        migrations.RemoveIndex(
            model_name='report',
            name='report_queue',
        ),
        migrations.RemoveField(
            model_name='report',
            name='state',
        ),
        migrations.RemoveField(
            model_name='report',
            name='target_id',
        ),
        migrations.RemoveField(
            model_name='report',
            name='target_kind',
        ),
        migrations.AlterField(
            model_name='report',
            name='case',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='spots.case', verbose_name='案件'),
        ),
    ]
