import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError } from "../../../lib/errors.ts";
import {
  decodeRewardedSet,
  encodeRewardedSet,
  type RewardedSet,
} from "../../../lib/wire/directory/rewarded_set.ts";
import { jsonMutations, truncations } from "../../support/json_mutations.ts";

const TEXT =
  '{"epoch_id":50,"entry_gateways":[4],"exit_gateways":[],"layer1":[1],"layer2":[2],"layer3":[3],"standby":[]}';
const SET: RewardedSet = {
  epochId: 50,
  entryGateways: [4],
  exitGateways: [],
  layers: [[1], [2], [3]],
  standby: [],
};

Deno.test("decodeRewardedSet() and encodeRewardedSet() agree on the documented answer", () => {
  assertEquals(decodeRewardedSet(TEXT), SET);
  assertEquals(encodeRewardedSet(SET), TEXT);
});

Deno.test("decodeRewardedSet() can do without the epoch, and with more members", () => {
  const text = TEXT.replace('"epoch_id":50', '"more":[{}]');
  assertEquals(decodeRewardedSet(text), { ...SET, epochId: 0 });
});

Deno.test("decodeRewardedSet() refuses every malformed shape", () => {
  for (const { path, change, text } of jsonMutations(JSON.parse(TEXT))) {
    if (path === "epoch_id" && change === "removed") continue;
    const replaced = JSON.parse(text)[path];
    if (JSON.stringify(replaced) === "[]") continue;
    if (JSON.stringify(replaced) === "[256]") continue;
    if (path === "epoch_id" && replaced === null) continue;
    const error = assertThrows(() => decodeRewardedSet(text), DecodeError);
    assert(error.message.includes(path), `${path}: ${error.message}`);
  }
  for (const text of truncations(TEXT)) {
    assertThrows(() => decodeRewardedSet(text), DecodeError);
  }
});

Deno.test("encodeRewardedSet() is read back as it was", () => {
  const ids = fc.array(fc.nat(2 ** 32 - 1), { maxLength: 5 });
  const set = fc.record({
    epochId: fc.nat(2 ** 32 - 1),
    entryGateways: ids,
    exitGateways: ids,
    layers: fc.tuple(ids, ids, ids),
    standby: ids,
  });
  fc.assert(fc.property(set, (set) => {
    assertEquals<unknown>(decodeRewardedSet(encodeRewardedSet(set)), set);
  }));
});
