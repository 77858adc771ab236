"""Hostile requests to every URL, in a database of its own: ``python -m tests.fuzz``."""

import argparse
import random

from tests.scenes.servers import prepare

# As much as the interpreter and its caches settle by; a leak per request shows beyond it.
MOST_GROWTH = 64.0


def main() -> int:
    """Print what broke, then one line of JSON; 1 when anything did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    prepare(
        DIGEST_HOSTS="testserver", DIGEST_WHATSAPP_APP_SECRET="fuzzed-app-secret", DIGEST_WAKER=""
    )
    from tests.fuzz.run import Fuzzer, furnish, summary

    found = Fuzzer(given.seed, furnish()).run(given.requests)
    for each in found.broken[:20]:
        print(each)
    print(f"seed {given.seed}")
    print(summary(found))
    return int(bool(found.broken) or found.grown > MOST_GROWTH)


if __name__ == "__main__":
    raise SystemExit(main())
