export { DataList, type DataListProps } from "./DataList";
export { oneOf } from "./oneOf";
export type { BulkAction, ListArgs, ListColumn, ListFilter, ListPage, ListSource } from "./types";
