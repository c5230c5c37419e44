export interface PickerOption {
  value: string;
  label: string;
}

/** What a picker offers: a search on the server, and the name of what is already chosen. */
export interface PickerSource {
  /** The kind of record, first part of the query keys. */
  key: string;
  find(q: string, signal: AbortSignal): Promise<PickerOption[]>;
  name?(id: string, signal: AbortSignal): Promise<string>;
}
