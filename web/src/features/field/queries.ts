import { queryOptions } from "@tanstack/react-query";
import { api, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";

export type List = Schema<"FieldListWithValuesView">;
export type Value = Schema<"FieldValue">;
export type Field = Schema<"FieldView">;

export const listsQuery = queryOptions({
  queryKey: keys.list("lookup_list"),
  queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/lookups", { signal }))).items,
});

export const subjectsQuery = queryOptions({
  queryKey: keys.list("custom_field", { subjects: true }),
  queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/custom-field-subjects", { signal }))).items,
  staleTime: Number.POSITIVE_INFINITY,
});

export const fieldsQuery = (subject: string | undefined) =>
  queryOptions({
    queryKey: keys.list("custom_field", { subject }),
    queryFn: async ({ signal }) =>
      (await ok(api.GET("/api/v1/custom-fields", { params: { query: { subject } }, signal }))).items,
    enabled: Boolean(subject),
  });
