import { VisuallyHidden } from "@mantine/core";
import { t } from "./text";

/** What is not set: a dash for the eye, words for the ear. Zero is 0 and unknown is "unknown"; neither is this. */
export function Absent() {
  return (
    <span>
      <span aria-hidden="true">—</span>
      <VisuallyHidden>{t("dash")}</VisuallyHidden>
    </span>
  );
}
