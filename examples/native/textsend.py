"""Asks itself something over the mixnet, without saying who asks, and answers: the official text example in today's fields.

    nymwire run --id alice &
    python3 textsend.py             # the websockets library; another client: python3 textsend.py ws://localhost:1978
"""

import asyncio
import json
import sys

import websockets

URI = sys.argv[1] if len(sys.argv) > 1 else "ws://localhost:1977"

self_address_request = json.dumps({
    "type": "selfAddress"
})


async def send_text_with_reply():
    message = "Hello Nym!"

    async with websockets.connect(URI) as websocket:
        await websocket.send(self_address_request)
        self_address = json.loads(await websocket.recv())
        print("our address is: {}".format(self_address["address"]))

        # Was: "type": "send" with "withReplySurb": true.
        text_send = json.dumps({
            "type": "sendAnonymous",
            "message": message,
            "recipient": self_address["address"],
            "replySurbs": 20
        })

        print("sending '{}' (with reply blocks) over the mix network...".format(message))
        await websocket.send(text_send)

        print("waiting to receive a message from the mix network...")
        received_message = json.loads(await websocket.recv())
        print("received '{}' from the mix network".format(received_message["message"]))

        # Was: "replySurb", the block itself. A sender tag stands for all blocks of that sender.
        reply = json.dumps({
            "type": "reply",
            "message": "hello from reply blocks!",
            "senderTag": received_message["senderTag"]
        })

        print("sending a reply over the mix network...")
        await websocket.send(reply)

        print("waiting to receive a message from the mix network...")
        received_message = json.loads(await websocket.recv())
        print("received '{}' from the mix network".format(received_message["message"]))


asyncio.run(send_text_with_reply())
