"""The desk's paths, under ``/desk/``."""

from django.urls import path, re_path

from digest.web.desk import (
    alerts,
    bounces,
    hand_posts,
    live,
    sends,
    signing_in,
    teaching,
    topics,
    wire,
)
from digest.web.desk.editions import (
    by_address,
    correcting,
    curating,
    later,
    listing,
    sheet,
    test_send,
)
from digest.web.desk.feeds import adding
from digest.web.desk.feeds import listing as feeds
from digest.web.desk.figures import figures_page
from digest.web.desk.members import listing as members
from digest.web.desk.members import member, own, passwords
from digest.web.desk.newsletters import calendar_page, making, series_pages, sponsor_page
from digest.web.desk.providers import templates_page
from digest.web.desk.readers import finding, gets, history, imports
from digest.web.desk.searches import keeping
from digest.web.desk.second import single
from digest.web.desk.told import alert_picture, doubts
from digest.web.desk.told import story as stories
from digest.web.desk.trail import audit_page

app_name = "desk"

_UUID = "(?P<public_id>[0-9a-f-]{36})"

urlpatterns = [
    path("sign-in", signing_in.sign_in_page, name="sign-in"),
    path("sign-in/elsewhere", single.begin, name="single"),
    path("sign-in/back", single.back, name="single-back"),
    path("sign-out", signing_in.sign_out, name="sign-out"),
    path("me", own.own_page, name="me"),
    path("me/sign-out", own.sign_out_one, name="me-sign-out"),
    path("password", signing_in.password_page, name="password"),
    path("lost-password", passwords.lost_page, name="lost-password"),
    path("choose-password/<str:token>", passwords.choose_page, name="choose-password"),
    path("live", live.stamp_page, name="live"),
    path("", wire.wire_page, name="wire"),
    path("wire/seen", keeping.seen, name="wire-seen"),
    path("wire/keep", keeping.keep, name="search-keep"),
    path("wire/<int:search_id>/forget", keeping.forget, name="search-forget"),
    path("top-reads", sheet.next_sheet, name="top-reads"),
    path("editions/", listing.list_page, name="editions"),
    path("editions/<uuid:public_id>/", sheet.sheet_page, name="sheet"),
    path("editions/<uuid:public_id>/mail", sheet.mail_page, name="mail"),
    path("editions/<uuid:public_id>/move", curating.move, name="move"),
    path("editions/<uuid:public_id>/pin", curating.pin, name="pin"),
    path("editions/<uuid:public_id>/kill", curating.kill, name="kill"),
    path("editions/<uuid:public_id>/revive", curating.revive, name="revive"),
    path("editions/<uuid:public_id>/reword", curating.reword, name="reword"),
    path("editions/<uuid:public_id>/retitle", curating.retitle, name="retitle"),
    path("editions/<uuid:public_id>/add", curating.add, name="add"),
    path("editions/<uuid:public_id>/refill", curating.refill, name="refill"),
    path("editions/<uuid:public_id>/undo", curating.undo, name="undo"),
    path("editions/<uuid:public_id>/correct", correcting.correct_page, name="correct"),
    path("editions/<uuid:public_id>/later", later.plan_one, name="later"),
    re_path(
        rf"^editions/{_UUID}/later/(?P<change_id>[0-9]{{1,18}})/(?P<way>cancel|undo)$",
        later.settle,
        name="later-settle",
    ),
    path("editions/<uuid:public_id>/test", test_send.send_test, name="test"),
    re_path(
        rf"^editions/{_UUID}/(?P<verdict>approve|reopen|release|skip|stop|let)$",
        curating.decide,
        name="decide",
    ),
    path("by-address", by_address.ask_page, name="by-address"),
    path("by-address/<uuid:public_id>/", by_address.lookup_page, name="lookup"),
    path("by-address/<uuid:public_id>/sent", by_address.sent_page, name="lookup-sent"),
    path("by-address/<uuid:public_id>/again", by_address.try_again, name="lookup-again"),
    path("by-address/<uuid:public_id>/confirm", by_address.confirm, name="lookup-confirm"),
    path("doubts/", doubts.doubts_page, name="doubts"),
    path("doubts/settle", doubts.settle, name="doubts-settle"),
    path("stories/<uuid:public_id>/", stories.page, name="story"),
    path("stories/<uuid:public_id>/merge", stories.merge, name="story-merge"),
    path("stories/<uuid:public_id>/rename", stories.rename, name="story-rename"),
    path("stories/<uuid:public_id>/split", stories.split, name="story-split"),
    path("stories/<uuid:public_id>/move", stories.move, name="story-move"),
    path("breaking/<int:candidate_id>/raise", stories.raise_on, name="candidate-raise"),
    path("breaking/<int:candidate_id>/dismiss", stories.dismiss, name="candidate-dismiss"),
    path("alerts/", alerts.list_page, name="alerts"),
    path("alerts/raise", alerts.raise_page, name="raise"),
    path("alerts/<uuid:public_id>/", alerts.alert_page, name="alert"),
    path("alerts/<uuid:public_id>/mail", alerts.mail_page, name="alert-mail"),
    path("alerts/<uuid:public_id>/picture", alert_picture.picture_page, name="alert-picture"),
    path("alerts/<uuid:public_id>/reword", alerts.reword, name="alert-reword"),
    path("alerts/<uuid:public_id>/discard", alerts.discard, name="alert-discard"),
    path("alerts/<uuid:public_id>/issue", alerts.issue_now, name="alert-issue"),
    path("alerts/<uuid:public_id>/correct", alerts.correct_now, name="alert-correct"),
    path("alerts/<uuid:public_id>/withdraw", alerts.withdraw_now, name="alert-withdraw"),
    path("feeds/", feeds.list_page, name="feeds"),
    path("new-feeds", adding.new_page, name="new-feeds"),
    path("feeds/export", adding.export, name="feeds-export"),
    path("feeds/<int:feed_id>/", feeds.feed_page, name="feed"),
    path("feeds/<int:feed_id>/settings", feeds.settings, name="feed-settings"),
    re_path(
        r"^feeds/(?P<feed_id>[0-9]{1,18})/(?P<verb>pause|resume|check|mute|unmute)$",
        feeds.act,
        name="feed-act",
    ),
    path("topics/", topics.list_page, name="topics"),
    path("new-topic", topics.new_page, name="new-topic"),
    path("aliases", topics.aliases_page, name="aliases"),
    path("topics/<slug:slug>/", topics.topic_page, name="topic"),
    path("topics/<slug:slug>/file", topics.file_story, name="topic-file"),
    path("calendar", calendar_page.calendar_page, name="calendar"),
    path("calendar/move", calendar_page.move, name="calendar-move"),
    path("topics/<slug:slug>/lessons", teaching.lessons_page, name="lessons"),
    path("topics/<slug:slug>/draft", teaching.take_draft, name="topic-draft"),
    path("figures/", figures_page.figures_page, name="figures"),
    re_path(
        r"^figures/(?P<kind>best|editions|channels|sites|growth|origins|stories|topics)[.]csv$",
        figures_page.figures_file,
        name="figures-file",
    ),
    path("newsletters/", making.list_page, name="newsletters"),
    path("new-newsletter", making.new_page, name="new-newsletter"),
    path("newsletters/<slug:slug>/", making.newsletter_page, name="newsletter"),
    path("newsletters/<slug:slug>/compose", making.compose_now, name="newsletter-compose"),
    path(
        "newsletters/<slug:slug>/sponsors", sponsor_page.sponsors_page, name="newsletter-sponsors"
    ),
    path(
        "newsletters/<slug:slug>/sponsors/cancel",
        sponsor_page.cancel,
        name="newsletter-sponsor-cancel",
    ),
    path("series/", series_pages.list_page, name="series"),
    path("new-series", series_pages.new_page, name="new-series"),
    path("series/<slug:slug>/", series_pages.series_page, name="series-one"),
    path("series/<slug:slug>/run", series_pages.run, name="series-run"),
    path("series/<slug:slug>/<int:position>/mail", series_pages.mail_page, name="series-mail"),
    path("readers/", finding.list_page, name="readers"),
    path("imports/", imports.list_page, name="imports"),
    path("imports/<uuid:public_id>/", imports.job_page, name="import"),
    path("imports/<uuid:public_id>/left-out.csv", imports.rejected_file, name="import-rejected"),
    re_path(
        rf"^imports/{_UUID}/(?P<verb>bring|stop|undo)$",
        imports.act,
        name="import-act",
    ),
    path("readers/<uuid:public_id>/", history.reader_page, name="reader"),
    path("readers/<uuid:public_id>/gets", gets.gets_page, name="reader-gets"),
    path("readers/<uuid:public_id>/gets/mail", gets.mail_page, name="reader-gets-mail"),
    path("readers/<uuid:public_id>/export", history.export, name="reader-export"),
    path("readers/<uuid:public_id>/bar", history.bar, name="reader-bar"),
    path("readers/<uuid:public_id>/erase", history.erase, name="reader-erase"),
    path("members/", members.list_page, name="members"),
    path("members/<int:member_id>/", member.member_page, name="member"),
    re_path(
        rf"^members/(?P<member_id>[0-9]{{1,18}})/(?P<what>{member.VERBS})$",
        member.act,
        name="member-act",
    ),
    path("audit/", audit_page.audit_page, name="audit"),
    path("audit/actions.csv", audit_page.audit_file, name="audit-file"),
    path("bounces/", bounces.list_page, name="bounces"),
    path("bounces/decide", bounces.decide, name="bounces-decide"),
    path("posts/", hand_posts.list_page, name="posts"),
    path("posts/posted", hand_posts.posted, name="post-posted"),
    path("templates/", templates_page.list_page, name="templates"),
    path("templates/look", templates_page.look, name="templates-look"),
    path("templates/submit", templates_page.submit, name="template-submit"),
    path("sends/", sends.list_page, name="sends"),
    re_path(
        r"^sends/(?P<send_id>[0-9]{1,18})/(?P<verb>pause|resume|cancel|retry|release)$",
        sends.act,
        name="send-act",
    ),
]
