"""Topics with their queries, the editors' aliases, and what matched or was pinned."""

from django.conf import settings
from django.db import models


class Topic(models.Model):
    """A standing subject with a query, e.g. Korean peninsula relations."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    names = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text="The name in other languages, by tag: zh-Hant, ms.",
    )
    description = models.CharField(max_length=300, blank=True)
    query = models.TextField()
    query_version = models.PositiveIntegerField(default=1)
    tagged_version = models.PositiveIntegerField(
        default=0, help_text="The version that articles of the last days were last held against."
    )
    is_open = models.BooleanField(default=True, help_text="Readers may subscribe.")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "digest_topic"
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    def name_in(self, language: str) -> str:
        """The name in ``language`` (a tag), in its primary language, or as it is."""
        for tag in (language, language.partition("-")[0]):
            if isinstance(found := self.names.get(tag), str) and found.strip():
                return found.strip()
        return self.name


class AliasList(models.Model):
    """Names of one thing, a set a line, as an editor saved them; the latest row is in force."""

    text = models.TextField(blank=True)
    saved_at = models.DateTimeField()
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        db_table = "digest_alias_list"
        get_latest_by = "id"


class ArticleTopic(models.Model):
    """An article whose text matched a topic's query."""

    article = models.ForeignKey("digest.Article", on_delete=models.CASCADE, related_name="topics")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+")
    query_version = models.PositiveIntegerField()

    class Meta:
        db_table = "digest_article_topic"
        constraints = [
            models.UniqueConstraint(fields=["article", "topic"], name="article_topic_once")
        ]


class StoryTopic(models.Model):
    """A story that falls under a topic: by its articles, by what was taught, or by an editor."""

    class By(models.TextChoices):
        RULE = "rule"
        LEARNED = "learned"
        PINNED = "pinned"
        BARRED = "barred"

    story = models.ForeignKey("digest.Story", on_delete=models.CASCADE, related_name="topics")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="stories")
    by = models.CharField(max_length=8, choices=By, default=By.RULE)
    share = models.FloatField(
        default=0.0, help_text="Share of its articles, by weight, that match."
    )
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, help_text="When an editor pinned or barred it.")

    class Meta:
        db_table = "digest_story_topic"
        constraints = [models.UniqueConstraint(fields=["story", "topic"], name="story_topic_once")]


class TopicModel(models.Model):
    """What editors' words have taught of a topic, in its newest version."""

    topic = models.OneToOneField(Topic, on_delete=models.CASCADE, related_name="model")
    version = models.PositiveIntegerField(default=0)
    decisions = models.PositiveIntegerField(default=0, help_text="Editors' words in it.")
    body = models.JSONField(default=dict, help_text="As teaching.model reads it.")
    learned_at = models.DateTimeField(null=True)
    stale_since = models.DateTimeField(
        null=True, help_text="When an editor last said something that is not in it."
    )

    class Meta:
        db_table = "digest_topic_model"


class StoryPlace(models.Model):
    """Where a model of language puts a story, by its first report."""

    story = models.OneToOneField("digest.Story", on_delete=models.CASCADE, related_name="place")
    made_by = models.CharField(max_length=200, help_text="The model and what computed it.")
    place = models.BinaryField(help_text="Numbers of 16 bits, the length of the row 1.")
    made_at = models.DateTimeField()

    class Meta:
        db_table = "digest_story_place"


class TopicOpinion(models.Model):
    """What a topic's model says of a story where it differs from the query, or asks."""

    class Said(models.TextChoices):
        ACCEPT = "accept"
        REJECT = "reject"
        ASK = "ask"

    story = models.ForeignKey("digest.Story", on_delete=models.CASCADE, related_name="+")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="opinions")
    word = models.CharField(max_length=8, choices=Said)
    probability = models.FloatField()
    because = models.JSONField(default=list, help_text="What speaks for it or against it.")
    like = models.PositiveSmallIntegerField(default=0, help_text="Pinned stories that are alike.")
    version = models.PositiveIntegerField(help_text="The model's.")

    class Meta:
        db_table = "digest_topic_opinion"
        constraints = [
            models.UniqueConstraint(fields=["story", "topic"], name="topic_opinion_once")
        ]
