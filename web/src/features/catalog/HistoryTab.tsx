import { useThisApplication } from "./ApplicationPage";
import { RecordHistory } from "./RecordHistory";

export function HistoryTab() {
  const { data: a } = useThisApplication();
  return a ? <RecordHistory kind="application" id={a.id} /> : null;
}
