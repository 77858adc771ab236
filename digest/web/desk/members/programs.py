"""What a browser calls itself, in two words that its owner knows again."""

# The first that is found counts: Edge also says Chrome, and Chrome also says Safari.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "an iPhone"), ("iPad", "an iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"),
    ("Windows", "Windows"), ("Mac OS X", "a Mac"), ("Linux", "Linux"),
)  # fmt: skip
_LONGEST = 60


def program_of(agent: str) -> str:
    """``Firefox on a Mac`` for a User-Agent (RFC 9110, 10.1.5); its own words where none fits."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    if not browser:
        return agent[:_LONGEST] or "An unknown program"
    return f"{browser} on {system}" if system else browser
