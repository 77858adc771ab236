"""What a site's robots.txt says to us, asked over the network."""

from digest.intake.articles.core import robots
from digest.intake.feeds.polling.fetch import Manners
from digest.kit import http

AGENT = "Digest"


async def site_rules(session: http.Session, site: str, manners: Manners) -> robots.Rules | None:
    """The site's rules; none when it has no robots.txt, None when it cannot be asked (2.3.1)."""
    try:
        async with http.get(
            session, f"{site}/robots.txt", max_bytes=robots.MAX_BYTES, seconds=manners.seconds
        ) as answer:
            return robots.read(answer.body, AGENT)
    except http.BadStatus as error:
        return robots.Rules() if error.status and 400 <= error.status < 500 else None
    except http.TooLarge:
        return robots.Rules()
    except http.FetchFailed:
        return None
