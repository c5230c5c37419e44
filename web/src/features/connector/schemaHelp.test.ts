import { expect, test } from "vitest";
import { schemaHelp } from "./schemaHelp";

test("nested fields and lists are told by their path", () => {
  const schema = {
    properties: {
      tags: {
        type: "array",
        items: { properties: { pattern: { description: "Which tags." }, class: { enum: ["", "A", "B"] } } },
      },
      label: { title: "Label" },
    },
  };
  expect(schemaHelp(schema)).toEqual([
    { path: "tags", title: undefined, description: undefined, options: undefined },
    { path: "tags[].pattern", title: undefined, description: "Which tags.", options: undefined },
    { path: "tags[].class", title: undefined, description: undefined, options: ["A", "B"] },
    { path: "label", title: "Label", description: undefined, options: undefined },
  ]);
  expect(schemaHelp(undefined)).toEqual([]);
});
