// Asks itself something over the mixnet, without saying who asks, and answers: the official text example in today's fields.
//
//	nymwire run --id alice &
//	go run textsend.go             # another client: go run textsend.go ws://localhost:1978
package main

import (
	"fmt"
	"os"

	"github.com/gorilla/websocket"
)

type object = map[string]interface{}

func send(conn *websocket.Conn, request object) {
	if err := conn.WriteJSON(request); err != nil {
		panic(err)
	}
}

func receive(conn *websocket.Conn) object {
	response := make(object)
	if err := conn.ReadJSON(&response); err != nil {
		panic(err)
	}
	return response
}

func sendTextWithReply(uri string) {
	message := "Hello Nym!"

	conn, _, err := websocket.DefaultDialer.Dial(uri, nil)
	if err != nil {
		panic(err)
	}
	defer conn.Close()

	send(conn, object{"type": "selfAddress"})
	selfAddress := receive(conn)["address"].(string)
	fmt.Printf("our address is: %v\n", selfAddress)

	// Was: "type": "send" with "withReplySurb": true.
	fmt.Printf("sending '%v' (with reply blocks) over the mix network...\n", message)
	send(conn, object{
		"type":       "sendAnonymous",
		"recipient":  selfAddress,
		"message":    message,
		"replySurbs": 20,
	})

	fmt.Printf("waiting to receive a message from the mix network...\n")
	received := receive(conn)
	fmt.Printf("received '%v' from the mix network\n", received["message"])

	// Was: "replySurb", the block itself. A sender tag stands for all blocks of that sender.
	fmt.Printf("sending a reply over the mix network...\n")
	send(conn, object{
		"type":      "reply",
		"message":   "hello from reply blocks!",
		"senderTag": received["senderTag"],
	})

	fmt.Printf("waiting to receive a message from the mix network...\n")
	fmt.Printf("received '%v' from the mix network\n", receive(conn)["message"])
}

func main() {
	uri := "ws://localhost:1977"
	if len(os.Args) > 1 {
		uri = os.Args[1]
	}
	sendTextWithReply(uri)
}
