"""The text example of the old documents, which waits for a confirmation that clients since 0.8.0 never send."""

import asyncio
import json
import sys

import websockets

URI = sys.argv[1]


async def send_text():
    message = "Hello Nym!"

    async with websockets.connect(URI) as websocket:
        await websocket.send(json.dumps({"type": "selfAddress"}))
        self_address = json.loads(await websocket.recv())
        print("our address is: {}".format(self_address["address"]))

        text_send = json.dumps({
            "type": "send",
            "message": message,
            "recipient_address": self_address["address"],
        })

        print("sending '{}' over the mix network...".format(message))
        await websocket.send(text_send)
        msg_send_confirmation = json.loads(await websocket.recv())
        assert msg_send_confirmation["type"] == "send"

        print("waiting to receive a message from the mix network...")
        received_message = await websocket.recv()
        print("received {} from mix network!".format(received_message))


asyncio.run(send_text())
