"""How common words are in news before the first article has arrived.

Tiers written by hand: the share of English reports, out of a thousand, in which a reporter expects
the word. They matter for the first hours of a stream and then fade behind its own counts.
"""

from digest.newsdesk.stories.words import stem

DOCUMENTS = 1000

_TIERS: dict[int, str] = {
    150: "new year people time president government first last two three day week state country",
    90: """world million old report news monday tuesday wednesday thursday friday saturday sunday
        percent national public official officials today month group company including man woman
        city according told city work way united police american company made percent billion""",
    50: """home house party minister law court case high top help need take plan part right family
        end four five six seven eight nine ten big long early late far good best show life number
        school market business health deal call called expected add added make leader leaders
        lead chief head team game war power political economic international local major next
        back go going come came see think know want says statement spokesman spokeswoman member
        members second former place thousand hundred never another many service support""",
    25: """january february march april may june july august september october november december
        election vote voters campaign bill senate congress parliament security military attack
        killed dead death died die kill injured victims charge charged trial judge prison arrest
        arrested investigation crime women men children child students young university study
        research data price prices stock stocks shares rate rates bank growth economy trade tax
        cut rise rose fall fell record quarter sales profit budget job jobs workers money cost
        pay film movie show music star season win won lose lost play player players match final
        fire water storm weather water food drug drugs hospital patients doctor medical disease
        virus technology internet online social media video photo phone app users site web
        foreign defense army force forces talks peace agreement sanctions border crisis
        white black south north east west central british british european chinese russian
        russia china europe america york washington london street office secretary department
        agency director executive order rule decision meeting interview letter issue issues
        change claim claims warn warns warning face faces fear fears hit hits set sets open opens
        start starts begin begins continue plans announce announced announces reveal reveals
        launch launches urge urges say want live update updates latest breaking watch things""",
}


def prior(scale: float = 1.0) -> dict[str, float]:
    """Term to the number of documents, of ``DOCUMENTS × scale``, that hold it."""
    counts: dict[str, float] = {}
    for count, listed in _TIERS.items():
        for word in listed.split():
            counts.setdefault(stem(word, "en"), count * scale)
    return counts
