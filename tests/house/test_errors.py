"""What can go wrong is one tree, and its root says what hangs on it."""

import importlib
import inspect
import pkgutil
import re

import digest
import workers
from digest.kit import errors

# Unwinds a command like Ctrl-C: nobody may catch it with the others.
NO_ERROR = {"Ended", "NotClean"}
BRANCHES = {
    each
    for each in vars(errors).values()
    if inspect.isclass(each) and each is not errors.DigestError
}


def raised() -> dict[str, type[BaseException]]:
    """Every public exception class of the library and the workers, by name."""
    found = {}
    for package in (digest, workers):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            last = module.name.rpartition(".")[2]
            if ".migrations" in module.name or last == "__main__":
                continue
            for name, each in vars(importlib.import_module(module.name)).items():
                ours = inspect.isclass(each) and each.__module__.partition(".")[0] in {
                    "digest",
                    "workers",
                }
                if ours and issubclass(each, BaseException) and not name.startswith("_"):
                    found[each.__name__] = each
    return found


def test_every_error_hangs_on_one_branch_of_the_tree() -> None:
    found = raised()
    assert len(found) > 40
    stray = {
        name: each.__module__
        for name, each in found.items()
        if each not in {errors.DigestError, *BRANCHES}
        and sum(issubclass(each, branch) for branch in BRANCHES) != 1
    }
    assert stray.keys() <= NO_ERROR, f"derive them from a branch in digest/kit/errors: {stray}"


def test_the_root_names_what_hangs_on_each_branch() -> None:
    table = re.split(r"(?m)^:class:`(\w+)`", errors.__doc__ or "")[1:]
    told = {
        name: branch
        for branch, words in zip(table[::2], table[1::2], strict=True)
        for name in re.findall(r"\w+", words)
    }
    there = {
        name: next(branch.__name__ for branch in BRANCHES if issubclass(each, branch))
        for name, each in raised().items()
        if issubclass(each, errors.DigestError) and each not in {errors.DigestError, *BRANCHES}
    }
    # What derives from an error that is named need not be named itself.
    first = {name for name, each in raised().items() if BRANCHES & {*each.__bases__}}
    why = "name it in the table that begins digest/kit/errors.py"
    assert first <= told.keys(), f"{why}: {first - told.keys()}"
    assert told == {name: there.get(name) for name in told}, why
