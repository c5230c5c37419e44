import { RecordHistory } from "@/components/RecordHistory";
import { useThisApplication } from "./ApplicationPage";

export function HistoryTab() {
  const { data: a } = useThisApplication();
  return a ? <RecordHistory kind="application" id={a.id} /> : null;
}
