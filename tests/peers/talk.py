"""Two programs on the local websockets of two clients: address, plain and anonymous messages, answers, all byte values."""

import asyncio
import json
import sys

import websockets

URL_A, URL_B = sys.argv[1:3]
TIMEOUT = 60


async def ask(socket, request):
    await socket.send(request if isinstance(request, bytes) else json.dumps(request))
    return await hear(socket)


async def hear(socket):
    frame = await asyncio.wait_for(socket.recv(), TIMEOUT)
    return frame if isinstance(frame, bytes) else json.loads(frame)


def address_bytes(answer):
    assert answer[0] == 2 and len(answer) == 97, answer[:4].hex()
    return answer[1:]


async def main():
    async with websockets.connect(URL_A) as a, websockets.connect(URL_B) as b:
        own = (await ask(a, {"type": "selfAddress"}))["address"]
        peer = (await ask(b, {"type": "selfAddress"}))["address"]
        assert own != peer

        # To ourselves.
        received = await ask(a, {"type": "send", "message": "grüße 🙂", "recipient": own})
        assert received == {"type": "received", "message": "grüße 🙂", "senderTag": None}, received

        # Anonymously to the peer, who answers without knowing who we are.
        await a.send(json.dumps({
            "type": "sendAnonymous", "message": "who am I?", "recipient": peer, "replySurbs": 20,
        }))
        question = await hear(b)
        assert question["message"] == "who am I?" and question["senderTag"], question
        await b.send(json.dumps({
            "type": "reply", "message": "nobody knows", "senderTag": question["senderTag"],
        }))
        answer = await hear(a)
        assert answer == {"type": "received", "message": "nobody knows", "senderTag": None}, answer

        # All byte values there and back, through binary frames of the current dialect.
        everything = bytes(range(256)) * 8
        recipient = address_bytes(await ask(b, b"\x03"))
        own_bytes = address_bytes(await ask(a, b"\x03"))
        length = len(everything).to_bytes(8, "big")
        await a.send(b"\x00" + recipient + bytes(8) + length + everything)
        assert await hear(b) == b"\x01\x00" + length + everything
        await b.send(b"\x00" + own_bytes + bytes(8) + length + everything)
        assert await hear(a) == b"\x01\x00" + length + everything

        # A lane is answered with its length, and an error leaves the connection open.
        lane = (7).to_bytes(8, "big")
        counted = await ask(a, b"\x05" + lane)
        assert counted == b"\x03" + lane + bytes(8), counted.hex()
        error = await ask(a, {"type": "send", "message": "x"})
        assert error == {"type": "error", "message": "malformed request:missing field `recipient`"}, error

        # A ping of ours is answered.
        await asyncio.wait_for(await a.ping(), TIMEOUT)
        print("talked")


asyncio.run(main())
