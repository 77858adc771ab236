"""Clients that send a byte a second: ``python -m tests.scenes.trickle PORT CLIENTS``.

A quarter never ends its headers, the others never their body. Prints, as JSON, how often each end
came: a status, ``closed``, or ``never`` for those that were let go on for a minute.
"""

import asyncio
import json
import sys
from collections import Counter

PATIENCE = 60.0


async def trickle(port: int, number: int) -> str:
    """One client: its headers, or its body, a byte a second; how it ended."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return "not let in"
    head = f"POST /subscribe HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: {_address(number)}\r\n"
    if number % 4:
        head += "Content-Length: 5000\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n"
    answer = asyncio.create_task(reader.read(64))
    try:
        writer.write(head.encode())
        while not answer.done():
            writer.write(b"a")
            await writer.drain()
            await asyncio.wait({answer}, timeout=1.0)
        said = await answer
    except OSError:
        return "closed"
    finally:
        answer.cancel()
        writer.close()
    return said.split(b" ")[1].decode() if said.startswith(b"HTTP/1.1 ") else "closed"


def _address(number: int) -> str:
    """Every second one comes from one and the same network, the others from all over."""
    return "192.0.2.1" if number % 2 else f"10.{number % 250}.{number // 250}.7"


async def crowd(port: int, clients: int) -> Counter[str]:
    """All of them at once."""
    tasks = [asyncio.create_task(trickle(port, number)) for number in range(clients)]
    print("there", flush=True)
    done, waiting = await asyncio.wait(tasks, timeout=PATIENCE)
    for each in waiting:
        each.cancel()
    return Counter(each.result() for each in done) + Counter({"never": len(waiting)})


def main() -> None:
    """Be the clients."""
    port, clients = map(int, sys.argv[1:])
    print(json.dumps(asyncio.run(crowd(port, clients))), flush=True)


if __name__ == "__main__":
    main()
