"""What axe finds wrong with a page, for people who do not see it, or not well."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# A mail in its frame is judged by the tests of mails: none of our scripts may run there.
_OPTIONS = {"resultTypes": ["violations"], "iframes": False}
_WITHOUT_COLOURS = {"rules": {"color-contrast": {"enabled": False}}}
# What axe passed, and what it says of every element of it, would be megabytes on their way here.
# What fades from one colour to the next is judged by where it ends; what has no end goes on.
_RUN = """(options) => {
    if (typeof axe === "undefined") return null;
    for (const each of document.getAnimations()) {
        if (each.effect.getComputedTiming().endTime < Infinity) each.finish();
    }
    return axe.run(options).then((found) => found.violations);
}"""
# Half a megabyte: sent once, and read by each page that is opened from then on.
_STANDS_BY = f"if (window === window.top && typeof axe === 'undefined') {{ {AXE_SCRIPT} }}"


def violations(page: Page, *, colours: bool = True) -> list[str]:
    """Each rule that the page breaks as it stands now, and the element that breaks it.

    Colours that are on their way, after a change of scheme for example, count as arrived. Their
    contrast is four fifths of axe's work: a page that is looked at again in the same ``colours``,
    in another language or with its boxes closed, need not be judged by them again.
    """
    options = _OPTIONS if colours else _OPTIONS | _WITHOUT_COLOURS
    found = page.evaluate(_RUN, options)
    if found is None:
        page.add_init_script(_STANDS_BY)
        page.evaluate(AXE_SCRIPT)
        found = page.evaluate(_RUN, options)
    return [
        f"{each['id']}: {node['target'][0]}: {_why(node)}"
        for each in found
        for node in each["nodes"]
    ]


def _why(node: dict[str, list[dict[str, str]]]) -> str:
    told = [check["message"] for kind in ("any", "all", "none") for check in node[kind]]
    return "; ".join(told)[:300]
