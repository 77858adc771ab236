"""What axe finds wrong with a page, for people who do not see it, or not well."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# A mail in its frame is judged by the tests of mails: none of our scripts may run there.
_OPTIONS = {"resultTypes": ["violations"], "iframes": False}
_WITHOUT_COLOURS = {"rules": {"color-contrast": {"enabled": False}}}
# What axe passed, and what it says of every element of it, would be megabytes on their way here.
_RUN = "(options) => axe.run(options).then((found) => found.violations)"
# What fades from one colour to the next is judged by where it ends; what has no end goes on.
_SETTLE = """() => document.getAnimations().forEach(each => {
    if (each.effect.getComputedTiming().endTime < Infinity) each.finish();
})"""


def violations(page: Page, *, colours: bool = True) -> list[str]:
    """Each rule that the page breaks as it stands now, and the element that breaks it.

    Colours that are on their way, after a change of scheme for example, count as arrived. Their
    contrast is four fifths of axe's work: a page that is looked at again in the same ``colours``,
    in another language or with its boxes closed, need not be judged by them again.
    """
    page.evaluate(_SETTLE)
    if page.evaluate("typeof axe") == "undefined":  # half a megabyte, once for each page
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(_RUN, _OPTIONS if colours else _OPTIONS | _WITHOUT_COLOURS)
    return [
        f"{each['id']}: {node['target'][0]}: {_why(node)}"
        for each in found
        for node in each["nodes"]
    ]


def _why(node: dict[str, list[dict[str, str]]]) -> str:
    told = [check["message"] for kind in ("any", "all", "none") for check in node[kind]]
    return "; ".join(told)[:300]
