"""Index of the tables, in the order of the river. Each lives in the room that owns it."""

from digest.audience.models.addresses import Address
from digest.audience.models.alert_rules import AlertRule
from digest.audience.models.consents import Consent
from digest.audience.models.import_jobs import ImportJob
from digest.audience.models.import_runs import ImportRun
from digest.audience.models.letters import JoinRequest, Letter, LinkWish
from digest.audience.models.moves import AddressChange
from digest.audience.models.notes import Note, NoteBatch, Series, SeriesStep
from digest.audience.models.schedules import Schedule, Signature, Slot, SlotBatch
from digest.audience.models.subscribers import Mute, Subscriber
from digest.audience.models.subscriptions import Subscription
from digest.audience.models.suppressions import Suppression
from digest.intake.articles.by_address.models import AddressLookup
from digest.intake.articles.fingerprints import ArticleFingerprint
from digest.intake.articles.models import Article, ArticleRevision, Page, Sighting
from digest.intake.feeds.models import Feed, FeedCheck, FeedMemory, Push
from digest.newsdesk.alerts.models import Alert, AlertRevision, BurstLevel, Candidate
from digest.newsdesk.editions.later.models import PlannedChange
from digest.newsdesk.editions.models import (
    Edition,
    EditionRevision,
    Item,
    ItemWording,
    SavedSearch,
)
from digest.newsdesk.newsletters.models import ExemptDates, Newsletter, Sponsorship
from digest.newsdesk.stories.models import NewsPace, Story, StoryArticle, StoryLink
from digest.newsdesk.topics.models import (
    AliasList,
    ArticleTopic,
    StoryPlace,
    StoryTopic,
    Topic,
    TopicModel,
    TopicOpinion,
)
from digest.outbound.delivery.models import (
    AlertWatch,
    Attempt,
    ChannelFact,
    Delivery,
    FollowCount,
    FollowedLink,
    Message,
    ProviderEvent,
    Run,
    Send,
    SendCount,
)
from digest.outbound.returns.models import (
    BounceHold,
    HardBounce,
    SoftBounces,
    StoredDomainReport,
    WebhookToken,
)
from digest.staff.audit import AuditEntry
from digest.staff.letters import MemberLetter
from digest.staff.members import Member
from digest.staff.sessions import MemberSession
from digest.staff.single.identities import MemberIdentity

__all__ = [
    "Address",
    "AddressChange",
    "AddressLookup",
    "Alert",
    "AlertRevision",
    "AlertRule",
    "AlertWatch",
    "AliasList",
    "Article",
    "ArticleFingerprint",
    "ArticleRevision",
    "ArticleTopic",
    "Attempt",
    "AuditEntry",
    "BounceHold",
    "BurstLevel",
    "Candidate",
    "ChannelFact",
    "Consent",
    "Delivery",
    "Edition",
    "EditionRevision",
    "ExemptDates",
    "Feed",
    "FeedCheck",
    "FeedMemory",
    "FollowCount",
    "FollowedLink",
    "HardBounce",
    "ImportJob",
    "ImportRun",
    "Item",
    "ItemWording",
    "JoinRequest",
    "Letter",
    "LinkWish",
    "Member",
    "MemberIdentity",
    "MemberLetter",
    "MemberSession",
    "Message",
    "Mute",
    "NewsPace",
    "Newsletter",
    "Note",
    "NoteBatch",
    "Page",
    "PlannedChange",
    "ProviderEvent",
    "Push",
    "Run",
    "SavedSearch",
    "Schedule",
    "Send",
    "SendCount",
    "Series",
    "SeriesStep",
    "Sighting",
    "Signature",
    "Slot",
    "SlotBatch",
    "SoftBounces",
    "Sponsorship",
    "StoredDomainReport",
    "Story",
    "StoryArticle",
    "StoryLink",
    "StoryPlace",
    "StoryTopic",
    "Subscriber",
    "Subscription",
    "Suppression",
    "Topic",
    "TopicModel",
    "TopicOpinion",
    "WebhookToken",
]
