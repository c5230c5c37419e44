import { useCallback, useEffect, useRef, useState } from "react";
import { useUrl } from "@/lib/url";
import { rangeAround } from "./schedule";
import { inputOf, momentOf, type Span } from "./span";

/** The stretch of time in the address (?from=…&to=…), as the reader's clock says it. Moves are written when they rest. */
export function useTimeView(otherwise: () => Span = () => rangeAround("fortnight", Date.now())) {
  const { search, set } = useUrl();
  const named = useRef<string | undefined>(undefined);
  const read = (): Span => {
    const from = momentOf(search.from ?? "");
    const to = momentOf(search.to ?? "");
    return from !== undefined && to !== undefined && to > from ? { from, to } : otherwise();
  };
  const [view, setView] = useState<Span>(read);
  const address = `${search.from ?? ""}/${search.to ?? ""}`;
  // The address may change by Back or a saved view; then it leads.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another address matters.
  useEffect(() => {
    if (named.current !== undefined && named.current !== address) setView(read());
    named.current = address;
  }, [address]);

  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = useCallback(
    (next: Span) => {
      setView(next);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        const from = inputOf(next.from);
        const to = inputOf(next.to);
        named.current = `${from}/${to}`;
        set({ from, to }, { replace: true });
      }, 300);
    },
    [set],
  );
  return [view, change] as const;
}
