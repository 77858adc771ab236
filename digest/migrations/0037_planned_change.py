"""Changes to editions that editors plan for an hour (0037_planned_change)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """A table that begins empty."""

    dependencies = [("digest", "0036_mute")]

    operations = [
        migrations.CreateModel(
            name='PlannedChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item_id', models.BigIntegerField(help_text='Its item, which may be gone by then.', null=True)),
                ('kind', models.CharField(choices=[('reword', 'Reword'), ('retitle', 'Retitle'), ('kill', 'Kill'), ('revive', 'Revive'), ('pin', 'Pin'), ('unpin', 'Unpin'), ('move', 'Move')], max_length=8)),
                ('asked', models.JSONField(default=dict, help_text='What is to stand: words, or a place.')),
                ('base', models.JSONField(default=dict, help_text='What stood there when it was planned.')),
                ('says', models.CharField(help_text='What it does, as an editor reads it.', max_length=400)),
                ('due_at', models.DateTimeField()),
                ('planned_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('done', 'Done'), ('refused', 'Refused'), ('cancelled', 'Cancelled'), ('undone', 'Undone')], default='waiting', max_length=9)),
                ('reason', models.TextField(blank=True, help_text='Why it was refused.')),
                ('opposite', models.JSONField(default=dict, help_text='What takes it back.')),
                ('settled_at', models.DateTimeField(null=True)),
                ('edition', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='planned_changes', to='digest.edition')),
                ('member', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'digest_planned_change',
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['due_at'], name='planned_change_due'), models.Index(fields=['edition', 'due_at'], name='planned_change_of_edition')],
            },
        ),
    ]
