// Asks itself something over the mixnet, without saying who asks, and answers: the official text example in today's fields.
//
//     nymwire run --id alice &
//     node textsend.js            # Node 22, Deno or Bun; another client: node textsend.js ws://localhost:1978
//
// In a web page it runs as well, once the client lets the page in: nymwire run --id alice --allow-origin https://page.example

const [url = "ws://localhost:1977"] = globalThis.Deno?.args ??
  globalThis.process?.argv.slice(2) ?? [];

const connection = new WebSocket(url);
let asked = false;

connection.onopen = () => say({ type: "selfAddress" });
connection.onerror = () =>
  show(`Is the client running? Nobody answers on ${url}`);
connection.onmessage = (event) => handleResponse(JSON.parse(event.data));

// Handle any messages that come back down the websocket.
function handleResponse(response) {
  switch (response.type) {
    case "error":
      return show("the client answers with an error: " + response.message);
    case "selfAddress":
      show("our address is: " + response.address);
      // Was: type "send" with withReplySurb: true.
      return say({
        type: "sendAnonymous",
        message: "Hello Nym!",
        recipient: response.address,
        replySurbs: 20,
      });
    case "received":
      show(`received '${response.message}' from the mix network`);
      if (asked) return connection.close();
      asked = true;
      // Was: replySurb, the block itself. A sender tag stands for all blocks of that sender.
      return say({
        type: "reply",
        message: "hello from reply blocks!",
        senderTag: response.senderTag,
      });
  }
}

function say(message) {
  connection.send(JSON.stringify(message));
}

function show(line) {
  globalThis.console.log(line);
}
