import { Skeleton } from "@mantine/core";
import { type ComponentType, createContext, type ReactNode, Suspense, useContext } from "react";

/** The record that a part of another feature is about. `kind` is the word of the API's events: "booking". */
export interface SlotProps {
  kind: string;
  /** The id of the record, not its key: the event stream finds the part by it. */
  id: string;
  /** The name of the record, for sentences and for the ear. */
  name: string;
}

export type SlotParts = Readonly<Record<string, ComponentType<SlotProps>>>;

const Parts = createContext<SlotParts>({});

/** Says once, in the frame of the application, which part of which feature stands in which slot. */
export function SlotProvider({ parts, children }: { parts: SlotParts; children: ReactNode }) {
  return <Parts value={parts}>{children}</Parts>;
}

/**
 * A place on the page of a record that another feature fills, because features do not know each other. An empty slot
 * shows nothing.
 */
export function Slot({ part, ...record }: SlotProps & { part: string }) {
  const Part = useContext(Parts)[part];
  if (!Part) return null;
  return (
    <Suspense fallback={<Skeleton h={72} />}>
      <Part key={`${record.kind}/${record.id}`} {...record} />
    </Suspense>
  );
}
