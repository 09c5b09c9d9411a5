import { assertEquals } from "@std/assert";
import { locateKey } from "../../lib/home/locate_key.ts";

const TEXT = `# client.id = 1
id = "x"

[client]
version = '1'
  'id' = 5
urls = [
  "http://a",
  "b",
]
motto = """
[socket]
host = 'not here'
"""

[ socket . more ] # a comment
host="::1"
a.b = 1

[[plugin]]
file = "a"
[[plugin]]
file = "b"
`;

for (
  const [path, line, column] of [
    ["id", 2, 1],
    ["client", 4, 1],
    ["client.id", 6, 3],
    ["client.urls", 7, 1],
    ["client.urls[1]", 7, 1],
    ["client.nothing", 4, 1],
    ["socket.more.host", 17, 1],
    ["socket.more.a.b", 18, 1],
    ["plugin", 20, 1],
    ["plugin[0].file", 21, 1],
    ["plugin[1].file", 23, 1],
    ["plugin[1].set.key", 22, 1],
  ] as const
) {
  Deno.test(`locateKey() finds ${path}`, () => {
    assertEquals(locateKey(TEXT, path), { line, column });
  });
}

Deno.test("locateKey() does not make places up", () => {
  for (const path of ["socket.host", "nothing", "", "no.thing[0].x"]) {
    assertEquals(locateKey(TEXT, path), undefined);
  }
});
