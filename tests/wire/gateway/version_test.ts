import { assertEquals, assertThrows } from "@std/assert";
import { EXIT, ProtocolError } from "../../../lib/errors.ts";
import {
  answerToAuthentication,
  answerToHandshake,
  authenticationKind,
  forwardKind,
  type GatewayProtocol,
  negotiatedProtocol,
  proposedProtocol,
} from "../../../lib/wire/gateway/version.ts";

const ALL: readonly GatewayProtocol[] = [3, 4, 5, 6];

Deno.test("proposedProtocol() follows the gateway down to 3 and itself up to its newest", () => {
  assertEquals([3, 4, 5, 6, 7, 255].map((v) => proposedProtocol(v)), [
    3,
    4,
    5,
    6,
    6,
    6,
  ]);
  assertEquals([3, 4, 5, 6].map((v) => proposedProtocol(v, 4)), [3, 4, 4, 4]);
  for (const announced of [0, 1, 2]) {
    const error = assertThrows(
      () => proposedProtocol(announced),
      ProtocolError,
    );
    assertEquals(
      error.message,
      `Cannot speak with the gateway: it announces version ${announced}, need 3 to 6`,
    );
    assertEquals(error.exitCode, EXIT.down);
  }
});

Deno.test("negotiatedProtocol() takes the answer, and the proposal where there is none", () => {
  assertEquals(negotiatedProtocol(undefined, 5), 5);
  assertEquals(negotiatedProtocol(5, 4), 5);
  assertEquals(negotiatedProtocol(3, 6), 3);
  for (const [answered, newest] of [[7, 6], [2, 6], [0, 6], [6, 5]] as const) {
    assertThrows(() => negotiatedProtocol(answered, 3, newest), ProtocolError);
  }
});

Deno.test("authenticationKind() and forwardKind() change with versions 4 and 5", () => {
  assertEquals(ALL.map(authenticationKind), [
    "authenticate",
    "authenticateV2",
    "authenticateV2",
    "authenticateV2",
  ]);
  assertEquals(ALL.map(forwardKind), [1, 1, 2, 2]);
});

Deno.test("answerToHandshake() never answers 6 to who proposed less", () => {
  const answers = (announced: GatewayProtocol) =>
    [undefined, 0, 1, 2, 3, 4, 5, 6, 7].map((proposed) => {
      const answer = answerToHandshake(proposed, announced);
      return answer && [answer.echo, answer.negotiated];
    });
  const none = [undefined, undefined, undefined, undefined];
  assertEquals(answers(6), [...none, [3, 5], [4, 4], [5, 5], [6, 6], [6, 6]]);
  assertEquals(answers(5), [...none, [3, 5], [4, 4], [5, 5], [5, 5], [5, 5]]);
  assertEquals(answers(4), [...none, [3, 4], [4, 4], [4, 4], [4, 4], [4, 4]]);
  assertEquals(answers(3), [...none, [3, 3], [3, 3], [3, 3], [3, 3], [3, 3]]);
});

Deno.test("answerToAuthentication() takes 4 to what was announced, and answers 4 with 5", () => {
  const answers = (announced: GatewayProtocol) =>
    [0, 3, 4, 5, 6, 7].map((version) =>
      answerToAuthentication(version, announced)
    );
  const no = undefined;
  assertEquals(answers(6), [no, no, 5, 5, 6, no]);
  assertEquals(answers(5), [no, no, 5, 5, no, no]);
  assertEquals(answers(4), [no, no, 4, no, no, no]);
  assertEquals(answers(3), [no, no, no, no, no, no]);
});
