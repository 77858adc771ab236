"""SPF, DKIM and DMARC of the domain that mails are from.

Gmail and Yahoo refuse bulk mail without all three since 2024.
"""

from typing import Any

from digest.kit.doctor.dns import Ask, NoAnswer
from digest.kit.doctor.finding import Finding, error, ok, warning
from digest.outbound.channels.email.dkim import signers

# RFC 2606 and RFC 6761: these exist in no DNS.
_RESERVED = (".example", ".test", ".invalid", ".localhost", ".local", ".internal")
_EXAMPLES = {"example.com", "example.net", "example.org", "localhost"}
# A selector cannot be looked up, only guessed: these are what common relays use.
SELECTORS = ("digest", "default", "mail", "dkim", "selector1", "google", "s1", "k1")


def sending_domain(settings: Any, ask: Ask) -> list[Finding]:
    """Look the three records up by ``ask``, which returns a name's TXT records."""
    domain = _domain(settings)
    if _is_placeholder(domain):
        words = f"{domain or settings.DIGEST_FROM_EMAIL!r} is a placeholder; DNS was not asked."
        remedy = "Set DIGEST_FROM_EMAIL to an address in a domain of yours."
        judge = error if settings.DIGEST_PRODUCTION else warning
        return [judge("DNS", words, remedy)]
    try:
        keys = _signing(settings, ask) or [_dkim(domain, ask)]
        return [_spf(domain, ask(domain)), *keys, _dmarc(domain, ask)]
    except NoAnswer as failure:
        return [
            warning(
                "DNS",
                f"{domain} was not checked: {failure}.",
                "Run this where DNS answers, to see SPF, DKIM and DMARC.",
            )
        ]


def sending_settings(settings: Any) -> list[Finding]:
    """What is wrong about the sender and the keys that can be seen without asking DNS."""
    found = []
    if _is_placeholder(_domain(settings)):
        found = sending_domain(settings, lambda name: [])
    try:
        signers(settings)
    except ValueError as mistake:
        found.append(error("DKIM", "Mails cannot be signed.", str(mistake)))
    return found


def _domain(settings: Any) -> str:
    return str(settings.DIGEST_FROM_EMAIL.rpartition("@")[2].lower().rstrip("."))


def _is_placeholder(domain: str) -> bool:
    return not domain or domain in _EXAMPLES or domain.endswith(_RESERVED)


def _spf(domain: str, records: list[str]) -> Finding:
    found = [each for each in records if each.lower().split(" ")[0] == "v=spf1"]
    if not found:
        remedy = f'Publish a TXT record at {domain}: "v=spf1 include:<your relay> -all".'
        return error("SPF", f"{domain} has none.", remedy)
    if len(found) > 1:  # RFC 7208 section 4.5: a permanent error
        return error("SPF", f"{domain} has {len(found)}.", "Merge them: receivers ignore two.")
    if found[0].lower().endswith("+all"):
        return error("SPF", "It ends in +all: anybody may send.", "End it in -all or ~all.")
    return ok("SPF", found[0])


def _signing(settings: Any, ask: Ask) -> list[Finding]:
    """Whether each key that we sign with is the one that DNS shows receivers."""
    try:
        keys = signers(settings)
    except ValueError as mistake:
        return [error("DKIM", "Mails cannot be signed.", str(mistake))]
    found = []
    for signer in keys:
        place = f"{signer.selector}._domainkey.{signer.domain}"
        kind = signer.algorithm.partition("-")[0]
        published = [_tags(record) for record in ask(place)]
        if any(tags.get("p") == signer.public for tags in published):
            found.append(ok("DKIM", f"{place} publishes the {kind} key that signs."))
            continue
        what = "another key" if any("p" in tags for tags in published) else "no key"
        remedy = f'Publish a TXT record there: "v=DKIM1; k={kind}; p={signer.public}".'
        found.append(error("DKIM", f"{place} publishes {what}.", remedy))
    return found


def _dkim(domain: str, ask: Ask) -> Finding:
    for selector in SELECTORS:
        for record in ask(f"{selector}._domainkey.{domain}"):
            tags = _tags(record)
            if "p" in tags:
                if not tags["p"]:  # RFC 6376 section 3.6.1
                    return warning(
                        "DKIM", f"The key {selector} is revoked.", "Publish the relay's key."
                    )
                return ok("DKIM", f"A key is published as {selector}.")
    return warning(
        "DKIM",
        f"No key under the usual selectors ({', '.join(SELECTORS)}).",
        "If the relay signs under another selector this is fine; otherwise have it sign.",
    )


def _dmarc(domain: str, ask: Ask) -> Finding:
    """RFC 7489: the domain's own record, or that of the domain above it."""
    labels = domain.split(".")
    places = [domain, *(".".join(labels[at:]) for at in range(1, len(labels) - 1))]
    for place in places:
        found = [each for each in ask(f"_dmarc.{place}") if each.startswith("v=DMARC1")]
        if len(found) == 1:
            policy = _tags(found[0]).get("p", "")
            if policy in {"none", "quarantine", "reject"}:
                return ok("DMARC", f"{place} publishes p={policy}.")
            return error("DMARC", f"{place} publishes no valid p=.", "Begin with p=none.")
        if found:
            return error("DMARC", f"{place} has {len(found)} records.", "Keep one.")
    remedy = f'Publish a TXT record at _dmarc.{domain}: "v=DMARC1; p=none; rua=mailto:you@…".'
    return error("DMARC", f"{domain} has none.", remedy)


def _tags(record: str) -> dict[str, str]:
    pairs = (part.split("=", 1) for part in record.split(";") if "=" in part)
    return {name.strip(): "".join(value.split()) for name, value in pairs}
