"""Cases, drafts of posts, and why a moderator deleted a spot."""

import django.db.models.deletion
import django.utils.timezone
import machipoke.fields
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('spots', '0002_starting_set'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('target_kind', models.CharField(choices=[('spot', 'スポット'), ('comment', 'コメント'), ('user', '利用者'), ('list', '保存リスト')], max_length=10, verbose_name='対象の種類')),
                ('target_id', models.CharField(max_length=36, verbose_name='対象のID')),
                ('state', models.CharField(choices=[('open', '未対応'), ('done', '対応済み'), ('dismissed', '問題なし')], default='open', max_length=10, verbose_name='状態')),
                ('report_count', models.PositiveIntegerField(default=0, editable=False, verbose_name='通報の数')),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='はじめの通報')),
                ('last_reported_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='最後の通報')),
            ],
            options={
                'verbose_name': '通報の案件',
                'verbose_name_plural': '通報の案件',
                'ordering': ['opened_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('typed', models.TextField()),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': '書きかけ',
                'verbose_name_plural': '書きかけ',
                'ordering': ['-updated_at', '-id'],
            },
        ),
        migrations.AddField(
            model_name='spot',
            name='deletion_reason',
            field=machipoke.fields.LineField(blank=True, editable=False, limit=200, verbose_name='削除の理由'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['state', 'opened_at', 'id'], name='case_queue'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.UniqueConstraint(fields=('target_kind', 'target_id'), name='case_once_per_target'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('target_kind__in', ['spot', 'comment', 'user', 'list'])), name='case_target_known'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'done', 'dismissed'])), name='case_state_known'),
        ),
        migrations.AddField(
            model_name='draft',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='draft',
            index=models.Index(fields=['owner', '-updated_at'], name='draft_by_owner'),
        ),
        migrations.AddField(
            model_name='report',
            name='case',
            field=models.ForeignKey(null=True, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='spots.case', verbose_name='案件'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['case', '-created_at'], name='report_by_case'),
        ),
    ]
