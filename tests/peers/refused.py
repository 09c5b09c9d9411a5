"""What a program is told that must not connect: prints the HTTP status of each attempt."""

import asyncio
import sys

import websockets

URL = sys.argv[1]


async def status(**options):
    try:
        async with websockets.connect(URL, **options):
            return 101
    except websockets.exceptions.InvalidStatusCode as error:
        return error.status_code


async def main():
    print(await status())
    print(await status(origin="https://evil.example"))
    print(await status(origin="https://chat.example"))
    print(await status(subprotocols=["anything"]))


asyncio.run(main())
