export { DataList, type DataListProps } from "./DataList";
export type { BulkAction, ListArgs, ListColumn, ListFilter, ListPage, ListSource } from "./types";
