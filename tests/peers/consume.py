"""One of many consumers: prints `ready`, then each message on a line, until it has had as many as it was told."""

import asyncio
import json
import sys

import websockets

URL, COUNT = sys.argv[1], int(sys.argv[2])


async def main():
    async with websockets.connect(URL) as socket:
        await socket.send(json.dumps({"type": "selfAddress"}))
        had = 0
        while had < COUNT:
            frame = json.loads(await socket.recv())
            if frame["type"] == "selfAddress":
                print("ready", flush=True)
            else:
                print(frame["message"], flush=True)
                had += 1


asyncio.run(main())
