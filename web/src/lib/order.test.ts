import { expect, test } from "vitest";
import { moved } from "./order";

test("a row goes to its new place and the others keep their order", () => {
  const list = ["a", "b", "c", "d"];
  expect(moved(list, 0, 2)).toEqual(["b", "c", "a", "d"]);
  expect(moved(list, 3, 0)).toEqual(["d", "a", "b", "c"]);
  expect(moved(list, 1, 99)).toEqual(["a", "c", "d", "b"]);
  expect(moved(list, 9, 0)).toEqual(list);
  expect(list).toEqual(["a", "b", "c", "d"]);
});
